//! The shapes that methods must have: what comes first, and how many arguments follow.

use syn::{
    Attribute, Error, FnArg, Ident, ImplItemFn, Receiver, Result, ReturnType, Type, Visibility,
};

/// What begins the name of everything that these attributes add.
pub(super) const OWN: &str = "__ft_";

/// A method's parameters, taken apart.
pub(super) struct Shape<'a> {
    pub(super) receiver: Option<&'a Receiver>,
    pub(super) context: &'a Type,
    pub(super) input: Option<&'a Type>,
}

/// Takes a method's parameters apart: perhaps `self`, a context, and perhaps one argument.
pub(super) fn of<'a>(method: &'a ImplItemFn, role: &str) -> Result<Shape<'a>> {
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
        let message = format!("#[{role}] takes a context first, as in `ctx: &mut …Context<Self>`");
        return Err(Error::new_spanned(&method.sig, message));
    };
    let input = types.next();
    if let Some(second) = types.next() {
        let message = format!(
            "#[{role}] takes one argument after the context; for several make it \
            `MultiArgs2<A, B>`, or one struct"
        );
        return Err(Error::new_spanned(second, message));
    }
    Ok(Shape {
        receiver,
        context,
        input,
    })
}

/// Gives the user's method another name, under which nobody else can call it. What is left for the
/// one that takes its place is its documentation.
pub(super) fn rename(method: &mut ImplItemFn, name: Ident) -> Vec<Attribute> {
    method.sig.ident = name;
    method.vis = Visibility::Inherited;
    let (docs, rest) = std::mem::take(&mut method.attrs)
        .into_iter()
        .partition::<Vec<_>, _>(|attribute| attribute.path().is_ident("doc"));
    method.attrs = rest;
    docs
}

/// Under which conditions a method is there.
pub(super) fn conditions(method: &ImplItemFn) -> Vec<Attribute> {
    let attributes = method.attrs.iter();
    let conditions = attributes.filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.cloned().collect()
}

/// Refuses `self` on an async method: it can't borrow the workflow while it waits.
pub(super) fn no_receiver(shape: &Shape<'_>, role: &str) -> Result<()> {
    let Some(receiver) = shape.receiver else {
        return Ok(());
    };
    let message = format!(
        "an async #[{role}] takes no self, as it can't borrow the workflow while it waits: \
        use ctx.state(…) and ctx.state_mut(…)"
    );
    Err(Error::new_spanned(receiver, message))
}

/// Refuses a method that is not async.
pub(super) fn asynchronous(method: &ImplItemFn, role: &str) -> Result<()> {
    if method.sig.asyncness.is_some() {
        return Ok(());
    }
    let message = format!("#[{role}] goes on an async method");
    Err(Error::new_spanned(method.sig.fn_token, message))
}

/// Refuses a result from a method that gives none.
pub(super) fn returns_nothing(method: &ImplItemFn, why: &str) -> Result<()> {
    match &method.sig.output {
        ReturnType::Default => Ok(()),
        ReturnType::Type(_, of) => Err(Error::new_spanned(of, why)),
    }
}

/// Refuses names that these attributes use themselves.
pub(super) fn check_name(method: &ImplItemFn) -> Result<()> {
    let name = &method.sig.ident;
    if !name.to_string().starts_with(OWN) {
        return Ok(());
    }
    let message = format!("names that begin with {OWN} are the attribute's own");
    Err(Error::new_spanned(name, message))
}
