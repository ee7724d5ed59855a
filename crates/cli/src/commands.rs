//! The commands. All but the shortest have a file of their own.

#[cfg(feature = "dev")]
mod dev;
pub mod serve;
mod token;

use self::serve::Exposure;
use crate::{
    args::{Command, ConfigArgs},
    config::{Settings, source::Sources},
    output,
};

/// Runs a command of `fast-temporal`.
pub fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(arguments) => serve::run(arguments.flags(), Exposure::Reject),
        #[cfg(feature = "dev")]
        Command::Dev(arguments) => dev::run(arguments),
        Command::Config(arguments) => print_settings(arguments),
        Command::Token(command) => token::run(command),
    }
}

/// `fast-temporal config`: prints the settings in effect, and the origin of each.
fn print_settings(arguments: ConfigArgs) -> anyhow::Result<()> {
    let json = arguments.json;
    let settings = Settings::load(&Sources::gather(arguments.listen.flags())?)?;
    if json {
        output::print(&format!("{:#}", settings.to_json()));
    } else {
        output::print(&settings.to_text());
    }
    Ok(())
}
