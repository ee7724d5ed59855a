//! What a method is for, by its attribute, and the names that are taken.

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

/// The queries that every workflow with a base answers.
const QUERIES: &[&str] = &[
    "get_current_activity",
    "get_activity_result",
    "get_callback_result",
    "get_activities",
    "get_dropped_signals",
];

pub(super) enum Role {
    Init,
    /// With its attribute, which the SDK's macro reads.
    Run(Attribute),
    /// With the signal's name.
    Signal(Expr),
    /// With its attribute, which the SDK's macro reads.
    Query(Attribute),
    /// An update or a validator, with its attribute: left as they are.
    Kept(Attribute),
    OnActivityError,
    OnCancel,
}

impl Role {
    /// Takes the attribute that says what the method is for, where there is one.
    pub(super) fn take(method: &mut ImplItemFn) -> Result<Option<Self>> {
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
            let message = format!("a method is for one thing: #[{role}] or #[{second}]");
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
                Self::Kept(attribute)
            }
            "on_activity_error" => Self::OnActivityError,
            "on_cancel" => Self::OnCancel,
            _ => Self::Kept(attribute),
        };
        Ok(Some(role))
    }
}

/// The name in `#[signal(name = "…")]`, or the method's own.
fn name(attribute: &Attribute, method: &ImplItemFn) -> Result<Expr> {
    let mut name = None;
    if matches!(attribute.meta, syn::Meta::List(_)) {
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("name") {
                return Err(meta.error("only `name = \"…\"` can stand here"));
            }
            name = Some(meta.value()?.parse()?);
            Ok(())
        })?;
    } else if let syn::Meta::NameValue(value) = &attribute.meta {
        let message = "a name is given as #[…(name = \"…\")]";
        return Err(Error::new_spanned(value, message));
    }
    let ident = &method.sig.ident;
    let own = syn::LitStr::new(&ident.to_string(), ident.span());
    Ok(name.unwrap_or_else(|| syn::parse_quote!(#own)))
}

/// Refuses names that Temporal or the base keeps for itself. One that is no literal can't be seen.
fn check(name: &Expr, taken: &[&str]) -> Result<()> {
    let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = name
    else {
        return Ok(());
    };
    let text = text.value();
    if text.starts_with("__temporal_") {
        let message = format!("`{text}`: names that begin with __temporal_ are Temporal's own");
        return Err(Error::new(name.span(), message));
    }
    if taken.contains(&text.as_str()) {
        let message = format!("the base answers the query `{text}` itself: choose another name");
        return Err(Error::new(name.span(), message));
    }
    Ok(())
}
