//! The options of a start: memo, search attributes, timeouts, retry policy.

use std::collections::BTreeMap;

use fast_temporal_core::engine::StartOptions;
use fast_temporal_protocol::{
    ErrorBody, Json, check_argument,
    v1::{RetryPolicy, StartRequest},
};
use serde_json::Value;

use crate::{
    error::invalid_field,
    operation::validation::{check_name, seconds},
};

/// Maximum length of a memo or search attribute key and of an error type, in bytes.
const MAX_KEY_BYTES: usize = 1000;
/// Temporal counts attempts in a signed 32-bit number.
const MAX_ATTEMPTS: u32 = i32::MAX as u32;

pub(super) fn options(request: StartRequest) -> Result<StartOptions, ErrorBody> {
    check_memo(&request.memo)?;
    check_search_attributes(&request.search_attributes)?;
    if let Some(policy) = &request.retry_policy {
        check_retry_policy(policy)?;
    }
    Ok(StartOptions {
        memo: request.memo,
        search_attributes: request.search_attributes,
        execution_timeout: seconds(
            "execution_timeout_seconds",
            request.execution_timeout_seconds,
        )?,
        run_timeout: seconds("run_timeout_seconds", request.run_timeout_seconds)?,
        task_timeout: seconds("task_timeout_seconds", request.task_timeout_seconds)?,
        start_delay: seconds("start_delay_seconds", request.start_delay_seconds)?,
        cron_schedule: request.cron_schedule,
        retry_policy: request.retry_policy,
        summary: request.summary,
        details: request.details,
    })
}

/// Workers read the memo, so the rules for arguments apply.
fn check_memo(memo: &BTreeMap<String, Json>) -> Result<(), ErrorBody> {
    for (key, value) in memo {
        check_name("memo", key, MAX_KEY_BYTES)?;
        check_argument(value).map_err(|error| invalid_field(format!("memo.{key}: {error}")))?;
    }
    Ok(())
}

fn check_search_attributes(attributes: &BTreeMap<String, Json>) -> Result<(), ErrorBody> {
    for (key, value) in attributes {
        check_name("search_attributes", key, MAX_KEY_BYTES)?;
        let fits = match value.parse::<Value>() {
            Ok(Value::String(_) | Value::Number(_) | Value::Bool(_)) => true,
            Ok(Value::Array(items)) => items.iter().all(Value::is_string),
            Ok(Value::Null | Value::Object(_)) | Err(_) => false,
        };
        if !fits {
            return Err(invalid_field(format!(
                "search_attributes.{key}: expected a string, a number, a boolean, or a list of strings"
            )));
        }
    }
    Ok(())
}

fn check_retry_policy(policy: &RetryPolicy) -> Result<(), ErrorBody> {
    seconds(
        "retry_policy.initial_interval_seconds",
        policy.initial_interval_seconds,
    )?;
    seconds(
        "retry_policy.maximum_interval_seconds",
        policy.maximum_interval_seconds,
    )?;
    let coefficient = policy.backoff_coefficient.unwrap_or(1.0);
    if !coefficient.is_finite() || coefficient < 1.0 {
        return Err(invalid_field(
            "retry_policy.backoff_coefficient: expected at least 1",
        ));
    }
    if policy.maximum_attempts.unwrap_or(0) > MAX_ATTEMPTS {
        return Err(invalid_field(format!(
            "retry_policy.maximum_attempts: expected at most {MAX_ATTEMPTS}"
        )));
    }
    let types = &policy.non_retryable_error_types;
    types.iter().try_for_each(|name| {
        check_name(
            "retry_policy.non_retryable_error_types",
            name,
            MAX_KEY_BYTES,
        )
    })
}
