//! `#[workflow_methods]`: adds the base's handlers to the impl block, and wraps the user's methods.

mod base_handlers;
mod hook;
mod init;
mod query;
mod role;
mod run;
mod signal;
mod signature;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Ident, ImplItem, ImplItemFn, Item, ItemImpl, Result, Type};

use self::{hook::Hooks, role::Role, signal::Signals};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let mut block = parse(item)?;
    let name = workflow_name(&block.self_ty)?;
    let mut methods = Methods::default();
    let mut errors: Option<Error> = None;
    for item in std::mem::take(&mut block.items) {
        if let Err(error) = methods.add(&name, item) {
            match &mut errors {
                Some(errors) => errors.combine(error),
                None => errors = Some(error),
            }
        }
    }
    match errors {
        Some(errors) => Err(errors),
        None => methods.finish(block, &name),
    }
}

fn parse(item: TokenStream) -> Result<ItemImpl> {
    let block = match syn::parse2(item)? {
        Item::Impl(block) => block,
        Item::Struct(item) => {
            let message = "#[workflow_methods] belongs on the workflow's impl block; put #[workflow] on the struct";
            return Err(Error::new_spanned(item.ident, message));
        }
        other => {
            let message = "#[workflow_methods] belongs on the workflow's impl block";
            return Err(Error::new_spanned(other, message));
        }
    };
    if let Some((_, path, _)) = &block.trait_ {
        let message =
            "#[workflow_methods] belongs on an inherent impl block, not on the impl of a trait";
        return Err(Error::new_spanned(path, message));
    }
    if !block.generics.params.is_empty() {
        let message = "a workflow can't be generic, because a workflow type has one name";
        return Err(Error::new_spanned(&block.generics, message));
    }
    Ok(block)
}

fn workflow_name(of: &Type) -> Result<Ident> {
    match of {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        _ => None,
    }
    .map(|segment| segment.ident.clone())
    .ok_or_else(|| Error::new_spanned(of, "expected the name of the workflow's struct"))
}

#[derive(Default)]
struct Methods {
    /// The items of the block that the SDK's attribute receives.
    items: Vec<ImplItem>,
    has_init: bool,
    has_run: bool,
    signals: Signals,
    hooks: Hooks,
}

impl Methods {
    fn add(&mut self, workflow: &Ident, item: ImplItem) -> Result<()> {
        let ImplItem::Fn(mut method) = item else {
            self.items.push(item);
            return Ok(());
        };
        signature::check_name(&method)?;
        let Some(role) = Role::take_from(&mut method)? else {
            self.items.push(ImplItem::Fn(method));
            return Ok(());
        };
        match role {
            Role::Init => {
                once(&mut self.has_init, &method, "init")?;
                self.items.extend(init::wrap(workflow, method)?);
            }
            Role::Run(attribute) => {
                once(&mut self.has_run, &method, "run")?;
                self.items.extend(run::wrap(&attribute, method)?);
            }
            Role::Query(attribute) => self.items.extend(query::wrap(attribute, method)?),
            Role::Signal(name) => self.items.extend(self.signals.add(name, method)?),
            Role::Unchanged(attribute) => {
                method.attrs.push(attribute);
                method.attrs.push(syn::parse_quote!(#[allow(missing_docs)]));
                self.items.push(ImplItem::Fn(method));
            }
            Role::OnActivityError => {
                self.hooks.on_activity_error(&method)?;
                self.items.push(ImplItem::Fn(method));
            }
            Role::OnCancel => {
                self.hooks.on_cancel(&method)?;
                self.items.push(ImplItem::Fn(method));
            }
        }
        Ok(())
    }

    fn finish(mut self, mut block: ItemImpl, name: &Ident) -> Result<TokenStream> {
        if !self.has_run {
            let message = "missing #[run]: add \
                `#[run] async fn run(ctx: &mut WorkflowContext<Self>) -> WorkflowResult<Value>`";
            return Err(Error::new_spanned(&block.self_ty, message));
        }
        if !self.has_init {
            self.items.push(init::default());
        }
        self.items.extend(base_handlers::all());
        block.items = self.items;
        let hooks = self.hooks.implement(name);
        let signals = self.signals.define(name);
        Ok(quote! {
            #[::temporalio_workflow::workflow_methods]
            #block

            #hooks
            #signals
        })
    }
}

fn once(seen: &mut bool, method: &ImplItemFn, attribute: &str) -> Result<()> {
    if std::mem::replace(seen, true) {
        let message = format!("a workflow can have only one method with #[{attribute}]");
        return Err(Error::new_spanned(&method.sig.ident, message));
    }
    Ok(())
}
