//! End-to-end tests: the programs as child processes, a real Temporal dev server, the real Python package from PyPI, and a
//! real browser.
//!
//! Tests install missing packages into the target folder, or fail and name what to install. No test is skipped.

mod crowd;
mod dev;
mod hostile;
mod language_model;
mod outage;
mod package;
mod reconnect;
mod resume;
mod slow_client;
mod stop;
mod twin;
mod twin_workflow;
