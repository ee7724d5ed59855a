//! The document example without Temporal, and replays of its recorded histories.

mod language_model;
mod model_server;
mod plain_rules;
mod replay;
mod request;
mod settings;
mod speech;
