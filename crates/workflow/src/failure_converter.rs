//! A failure converter that preserves the types of handler errors.

use fast_temporal_protocol::Failure as ShownFailure;
use temporalio_workflow::common::{
    data_converters::{
        DefaultFailureConverter, FailureConverter, PayloadConversionError, PayloadConverter,
        SerializationContextData,
    },
    error::{ApplicationFailure, IncomingError, OutgoingError, OutgoingWorkflowError},
    protos::temporal::api::{
        common::v1::Payloads,
        enums::v1::ApplicationErrorCategory,
        failure::v1::{Failure, failure::FailureInfo},
    },
};

/// Restores the type, the retryability, the retry delay and the category of failures that the SDK
/// wrapped, and details that were received encoded. The SDK shows no other details to converters.
#[derive(Default)]
pub struct KeepErrorTypes(DefaultFailureConverter);

impl FailureConverter for KeepErrorTypes {
    fn to_failure(
        &self,
        error: OutgoingError,
        converter: &PayloadConverter,
        context: &SerializationContextData,
    ) -> Failure {
        let preserved = wrapped(&error).map(Preserved::of);
        let mut failure = self.0.to_failure(error, converter, context);
        if let Some(preserved) = preserved {
            preserved.apply(&mut failure);
        }
        failure
    }

    fn to_error(
        &self,
        failure: Failure,
        converter: &PayloadConverter,
        context: &SerializationContextData,
    ) -> Result<IncomingError, PayloadConversionError> {
        self.0.to_error(failure, converter, context)
    }
}

/// The error type of a query.
pub type QueryError = Box<dyn std::error::Error + Send + Sync>;

/// Adds the type of an error to its text, because the SDK's core sends only the text of a query
/// error. The form is the one of the Go SDK.
pub fn query_error(error: impl Into<QueryError>) -> QueryError {
    let error = error.into();
    let Some(failure) = application(&*error) else {
        return error;
    };
    let shown = ShownFailure {
        message: failure.to_string(),
        error_type: failure.type_name().map(str::to_owned),
        non_retryable: failure.is_non_retryable(),
        ..ShownFailure::default()
    };
    shown.to_text().into()
}

/// Returns the failure inside an error, if the SDK wrapped one.
fn wrapped(error: &OutgoingError) -> Option<&ApplicationFailure> {
    let OutgoingError::Workflow(OutgoingWorkflowError::Application(outer)) = error else {
        return None;
    };
    if outer.type_name().is_some() {
        return None;
    }
    application(outer.source_error())
}

/// Returns an error as an application failure. It may be boxed, because it is large.
fn application<'a>(
    error: &'a (dyn std::error::Error + Send + Sync + 'static),
) -> Option<&'a ApplicationFailure> {
    let boxed = error.downcast_ref::<Box<ApplicationFailure>>();
    error.downcast_ref().or(boxed.map(|failure| &**failure))
}

struct Preserved {
    type_name: String,
    is_non_retryable: bool,
    next_retry_delay: Option<std::time::Duration>,
    category: ApplicationErrorCategory,
    details: Option<Payloads>,
}

impl Preserved {
    fn of(failure: &ApplicationFailure) -> Self {
        Self {
            type_name: failure.type_name().unwrap_or_default().to_owned(),
            is_non_retryable: failure.is_non_retryable(),
            next_retry_delay: failure.next_retry_delay(),
            category: failure.category().into(),
            details: failure.raw_details().map(|details| Payloads {
                payloads: details.to_vec(),
            }),
        }
    }

    fn apply(self, failure: &mut Failure) {
        if let Some(FailureInfo::ApplicationFailureInfo(info)) = &mut failure.failure_info {
            info.r#type = self.type_name;
            info.non_retryable = self.is_non_retryable;
            info.next_retry_delay = self
                .next_retry_delay
                .and_then(|delay| delay.try_into().ok());
            info.category = self.category.into();
            info.details = self.details.or_else(|| info.details.take());
        }
    }
}

#[cfg(test)]
mod tests {
    use temporalio_workflow::common::error::ApplicationErrorCategory as Category;

    use super::*;

    #[test]
    fn wrapped_failure_keeps_its_type() {
        let inner = || {
            ApplicationFailure::builder("sold out")
                .type_name("SoldOut".to_owned())
                .non_retryable(true)
                .category(Category::Benign)
                .build()
        };
        for outer in [
            ApplicationFailure::new(inner()),
            ApplicationFailure::new(Box::new(inner())),
        ] {
            assert_preserved(outer);
        }
    }

    fn assert_preserved(outer: ApplicationFailure) {
        let error = OutgoingError::Workflow(OutgoingWorkflowError::Application(Box::new(outer)));
        let failure = KeepErrorTypes::default().to_failure(
            error,
            &PayloadConverter::default(),
            &SerializationContextData::None,
        );
        assert_eq!(failure.message, "sold out");
        let Some(FailureInfo::ApplicationFailureInfo(info)) = failure.failure_info else {
            panic!("{failure:?}");
        };
        assert_eq!(info.r#type, "SoldOut");
        assert!(info.non_retryable);
        assert_eq!(info.category(), ApplicationErrorCategory::Benign);
    }
}
