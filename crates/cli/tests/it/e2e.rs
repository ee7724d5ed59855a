//! The gateway as its users have it: the programs as child processes, a real Temporal dev server,
//! the real Python package of the original from PyPI, and a real browser.
//!
//! What a machine lacks is installed into the target folder, or the test fails and says what to
//! install. Nothing is left out in silence.

mod fixture;

mod crowd;
mod dev;
mod hostile;
mod language_model;
mod outage;
mod package;
mod resume;
mod returning;
mod slow_client;
mod stop;
mod twin;
