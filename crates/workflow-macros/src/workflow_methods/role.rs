//! The role of a method, by its attribute, and the reserved names.

use syn::{Attribute, Error, Expr, ExprLit, ImplItemFn, Lit, Result, spanned::Spanned};

const ROLES: &[&str] = &[
    "init",
    "run",
    "signal",
    "query",
    "update",
    "update_validator",
    "on_activity_error",
    "on_cancel",
];

/// The queries that the base adds to every workflow.
const QUERIES: &[&str] = &[
    "get_current_activity",
    "get_activity_result",
    "get_callback_result",
    "get_activities",
    "get_dropped_signals",
];

pub(super) enum Role {
    Init,
    /// With its attribute, for the SDK's macro.
    Run(Attribute),
    /// With the signal's name.
    Signal(Expr),
    /// With its attribute, for the SDK's macro.
    Query(Attribute),
    /// An update or a validator, with its attribute: passed to the SDK's macro unchanged.
    Unchanged(Attribute),
    OnActivityError,
    OnCancel,
}

impl Role {
    /// Removes the role attribute from a method, if it has one.
    pub(super) fn take_from(method: &mut ImplItemFn) -> Result<Option<Self>> {
        let mut found = Vec::new();
        let mut rest = Vec::new();
        for attribute in std::mem::take(&mut method.attrs) {
            match ROLES.iter().find(|role| attribute.path().is_ident(role)) {
                Some(role) => found.push((*role, attribute)),
                None => rest.push(attribute),
            }
        }
        method.attrs = rest;
        let mut found = found.into_iter();
        let Some((role, attribute)) = found.next() else {
            return Ok(None);
        };
        if let Some((second, at)) = found.next() {
            let message = format!("a method can have only one role: #[{role}] or #[{second}]");
            return Err(Error::new_spanned(at, message));
        }
        let role = match role {
            "init" => Self::Init,
            "run" => {
                name(&attribute, method)?;
                Self::Run(attribute)
            }
            "signal" => {
                let name = name(&attribute, method)?;
                check(&name, &[])?;
                Self::Signal(name)
            }
            "query" => {
                check(&name(&attribute, method)?, QUERIES)?;
                Self::Query(attribute)
            }
            "update" => {
                check(&name(&attribute, method)?, &[])?;
                Self::Unchanged(attribute)
            }
            "on_activity_error" => Self::OnActivityError,
            "on_cancel" => Self::OnCancel,
            _ => Self::Unchanged(attribute),
        };
        Ok(Some(role))
    }
}

/// Returns the name in `#[signal(name = "…")]`, or the method's own.
fn name(attribute: &Attribute, method: &ImplItemFn) -> Result<Expr> {
    let mut name = None;
    if matches!(attribute.meta, syn::Meta::List(_)) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("unknown argument: expected `name = \"…\"`"));
            }
            name = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    } else if let syn::Meta::NameValue(value) = &attribute.meta {
        let message = "expected the name in parentheses: #[…(name = \"…\")]";
        return Err(Error::new_spanned(value, message));
    }
    let ident = &method.sig.ident;
    let own = syn::LitStr::new(&ident.to_string(), ident.span());
    Ok(name.unwrap_or_else(|| syn::parse_quote!(#own)))
}

/// Rejects names that Temporal or the base reserves. A name that is not a literal can't be checked.
fn check(name: &Expr, reserved: &[&str]) -> Result<()> {
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = name
    else {
        return Ok(());
    };
    let text = text.value();
    if text.starts_with("__temporal_") {
        let message =
            format!("invalid name `{text}`: Temporal reserves names that start with `__temporal_`");
        return Err(Error::new(name.span(), message));
    }
    if reserved.contains(&text.as_str()) {
        let message = format!("the query `{text}` is part of the base: choose another name");
        return Err(Error::new(name.span(), message));
    }
    Ok(())
}
