//! `#[workflow]`: adds a field for the base to the struct.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Field, Fields, Item, ItemStruct, Result, parse::Parser, parse_quote};

pub(crate) fn expand(item: TokenStream) -> Result<TokenStream> {
    let mut item = parse(item)?;
    add_base(&mut item)?;
    let name = &item.ident;
    Ok(quote! {
        #item

        impl ::fast_temporal_workflow::HasBase for #name {
            fn base(&self) -> &::fast_temporal_workflow::Base {
                &self.__fast_temporal
            }

            fn base_mut(&mut self) -> &mut ::fast_temporal_workflow::Base {
                &mut self.__fast_temporal
            }
        }
    })
}

fn parse(item: TokenStream) -> Result<ItemStruct> {
    let item = match syn::parse2(item)? {
        Item::Struct(item) => item,
        Item::Impl(item) => {
            let message = "#[workflow] belongs on the workflow's struct; put #[workflow_methods] on the impl block";
            return Err(Error::new_spanned(item.self_ty, message));
        }
        other => {
            let message = "#[workflow] belongs on a struct, because it adds a field for the base";
            return Err(Error::new_spanned(other, message));
        }
    };
    if item.generics.params.is_empty() {
        return Ok(item);
    }
    let message = "a workflow's struct can't be generic, because a workflow type has one name";
    Err(Error::new_spanned(&item.generics, message))
}

fn add_base(item: &mut ItemStruct) -> Result<()> {
    if let Fields::Unit = item.fields {
        item.fields = Fields::Named(parse_quote!({}));
        item.semi_token = None;
    }
    let Fields::Named(fields) = &mut item.fields else {
        let message =
            "a workflow's struct needs named fields, as in `struct Review { text: String }`";
        return Err(Error::new_spanned(&item.fields, message));
    };
    let field = Field::parse_named.parse2(quote! {
        #[doc(hidden)]
        pub(crate) __fast_temporal: ::fast_temporal_workflow::Base
    })?;
    fields.named.push(field);
    Ok(())
}
