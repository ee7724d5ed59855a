//! Checks of method signatures: the receiver, the context, and at most one argument.

use syn::{
    Attribute, Error, FnArg, Ident, ImplItemFn, Receiver, Result, ReturnType, Type, Visibility,
};

/// The prefix of all names that the attributes generate.
pub(super) const GENERATED_PREFIX: &str = "__ft_";

/// The parameters of a method.
pub(super) struct Signature<'a> {
    pub(super) receiver: Option<&'a Receiver>,
    pub(super) context: &'a Type,
    pub(super) input: Option<&'a Type>,
}

/// Parses the parameters of a method: an optional `self`, a context, and an optional argument.
pub(super) fn parse<'a>(method: &'a ImplItemFn, role: &str) -> Result<Signature<'a>> {
    let mut receiver = None;
    let mut types = Vec::new();
    for input in &method.sig.inputs {
        match input {
            FnArg::Receiver(found) => receiver = Some(found),
            FnArg::Typed(found) => types.push(&*found.ty),
        }
    }
    let mut types = types.into_iter();
    let Some(context) = types.next() else {
        let message = format!(
            "a method with #[{role}] needs a context as its first parameter: `ctx: &mut …Context<Self>`"
        );
        return Err(Error::new_spanned(&method.sig, message));
    };
    let input = types.next();
    if let Some(second) = types.next() {
        let message = format!(
            "a method with #[{role}] takes at most one argument after the context; combine several in \
            one struct, or in `MultiArgs2<A, B>`"
        );
        return Err(Error::new_spanned(second, message));
    }
    Ok(Signature {
        receiver,
        context,
        input,
    })
}

/// Renames the user's method and makes it private, and returns its documentation for the wrapper
/// that replaces it.
pub(super) fn rename(method: &mut ImplItemFn, name: Ident) -> Vec<Attribute> {
    method.sig.ident = name;
    method.vis = Visibility::Inherited;
    let (docs, rest) = std::mem::take(&mut method.attrs)
        .into_iter()
        .partition::<Vec<_>, _>(|attribute| attribute.path().is_ident("doc"));
    method.attrs = rest;
    docs
}

/// Returns the `#[cfg]` attributes of a method.
pub(super) fn conditions(method: &ImplItemFn) -> Vec<Attribute> {
    let attributes = method.attrs.iter();
    let conditions = attributes.filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.cloned().collect()
}

/// Rejects `self` on an async method, because it can't borrow the workflow while it waits.
pub(super) fn no_receiver(signature: &Signature<'_>, role: &str) -> Result<()> {
    let Some(receiver) = signature.receiver else {
        return Ok(());
    };
    let message = format!(
        "an async method with #[{role}] can't take self, because it can't borrow the workflow while it \
        waits: use ctx.state(…) and ctx.state_mut(…)"
    );
    Err(Error::new_spanned(receiver, message))
}

/// Rejects a method that is not async.
pub(super) fn asynchronous(method: &ImplItemFn, role: &str) -> Result<()> {
    if method.sig.asyncness.is_some() {
        return Ok(());
    }
    let message = format!("a method with #[{role}] must be async");
    Err(Error::new_spanned(method.sig.fn_token, message))
}

/// Rejects a return type.
pub(super) fn returns_nothing(method: &ImplItemFn, why: &str) -> Result<()> {
    match &method.sig.output {
        ReturnType::Default => Ok(()),
        ReturnType::Type(_, of) => Err(Error::new_spanned(of, why)),
    }
}

/// Rejects names with the prefix of generated names.
pub(super) fn check_name(method: &ImplItemFn) -> Result<()> {
    let name = &method.sig.ident;
    if !name.to_string().starts_with(GENERATED_PREFIX) {
        return Ok(());
    }
    let message = format!("the attribute reserves names that start with {GENERATED_PREFIX}");
    Err(Error::new_spanned(name, message))
}
