//! The commands, one file each.

pub mod config;
#[cfg(feature = "dev")]
pub mod dev;
pub mod serve;
pub mod token;
