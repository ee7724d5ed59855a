//! The command lines of both programs.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use crate::config::source::Flag;

const SETTINGS: &str = "\
Settings come from flags, the environment, a .env file in the working directory
and the file fast-temporal.toml, in this order of precedence. `fast-temporal
config` shows all settings with their values and origins.";

#[cfg(feature = "dev")]
const DEV_VARIABLES: &str = "\
Variables of this command, read from the environment and .env:
  TEMPORAL_CLI_PATH  Temporal's CLI [default: on PATH, in ~/.cache/fast-temporal, or fetched]
  DOCUMENT_FOLDER    The example's files [default: ~/.local/share/fast-temporal/documents]
  LLM_BASE_URL       A server with the API of OpenAI, such as http://localhost:11434/v1 for
                     Ollama [default: the example writes by plain rules]
  LLM_MODEL          The language model's name on that server
  LLM_API_KEY        The key of that server
  SPEECH_BASE_URL    The same for speech [default: espeak-ng on PATH], with SPEECH_MODEL,
                     SPEECH_API_KEY and SPEECH_VOICE

All gateway settings apply, too: `fast-temporal config` shows them. With
TEMPORAL_ADDRESS, dev uses that Temporal server and starts none.";

/// The realtime edge for Temporal: clients start and watch workflows over WebSocket and SSE.
#[derive(Debug, Parser)]
#[command(name = "fast-temporal", version, after_help = SETTINGS)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the gateway.
    Serve(ServeArgs),
    /// Run a Temporal dev server, the gateway and an example on this machine.
    #[cfg(feature = "dev")]
    #[command(after_help = DEV_VARIABLES)]
    Dev(DevArgs),
    /// Show the settings in effect, and the origin of each.
    Config(ConfigArgs),
    /// Generate API keys for backends, and tokens to try the gateway with.
    #[command(subcommand)]
    Token(TokenCommand),
}

/// `fast-temporal token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Generate an API key for a backend. Prints the key, which is not shown again, and its settings.
    Key(TokenKeyArgs),
    /// Read an API key from standard input, and print its settings.
    Hash,
    /// Sign a JSON Web Token with the secret in the settings, to try the gateway with.
    Jwt(TokenJwtArgs),
}

#[derive(Debug, Args)]
pub struct TokenKeyArgs {
    /// The id of the key: letters, digits and hyphens.
    #[arg(long, value_name = "ID")]
    pub name: String,
    /// The user that the backend acts for. Without it, the key has all permissions.
    #[arg(long, value_name = "USER")]
    pub subject: Option<String>,
}

#[derive(Debug, Args)]
pub struct TokenJwtArgs {
    /// The user.
    #[arg(long, value_name = "USER")]
    pub subject: String,
    /// The lifetime of the token, such as 90s, 5m, 1h or 7d.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = lifetime)]
    pub expires: Duration,
    /// Further claims. A value that is valid JSON is used as JSON, any other value as a string.
    #[arg(value_name = "NAME=VALUE", value_parser = claim)]
    pub claims: Vec<(String, Value)>,
    #[command(flatten)]
    pub file: FileArgs,
}

/// `fast-temporal serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Serve without authentication on an address that other machines can reach
    /// [env: FAST_TEMPORAL_INSECURE].
    #[arg(long)]
    pub insecure: bool,
}

/// The script of the Python package: `fast-temporal serve` with its settings.
#[derive(Debug, Parser)]
#[command(name = "fast-temporal-run", version, after_help = SETTINGS)]
pub struct RunArguments {
    #[command(flatten)]
    pub listen: ListenArgs,
}

#[derive(Debug, Args)]
pub struct ListenArgs {
    /// The address to listen on [default: 127.0.0.1] [env: FASTAPI_HOST].
    #[arg(long)]
    pub host: Option<String>,
    /// The port to listen on; 0 selects a free port [default: 8000] [env: FASTAPI_PORT].
    #[arg(long)]
    pub port: Option<String>,
    /// Drain and restart when .env or the settings file changes [env: FASTAPI_RELOAD].
    #[arg(long)]
    pub reload: bool,
    #[command(flatten)]
    pub file: FileArgs,
}

#[derive(Debug, Args)]
pub struct FileArgs {
    /// The settings file [default: fast-temporal.toml] [env: FAST_TEMPORAL_CONFIG].
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
}

/// `fast-temporal dev`.
#[cfg(feature = "dev")]
#[derive(Debug, Args)]
pub struct DevArgs {
    /// The gateway's port on 127.0.0.1 [default: 8000] [env: FASTAPI_PORT].
    #[arg(long)]
    pub port: Option<String>,
    /// Keep the Temporal server's state in this file [default: delete it at the end].
    #[arg(long, value_name = "FILE")]
    pub db: Option<std::path::PathBuf>,
    /// Run the Temporal server without its UI.
    #[arg(long)]
    pub headless: bool,
    #[command(flatten)]
    pub file: FileArgs,
}

/// `fast-temporal config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(flatten)]
    pub listen: ListenArgs,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

impl FileArgs {
    pub fn flags(&self) -> Vec<Flag> {
        flag("--config", self.config.clone()).into_iter().collect()
    }
}

impl ListenArgs {
    pub fn flags(self) -> Vec<Flag> {
        let mut flags = self.file.flags();
        flags.extend(flag("--host", self.host));
        flags.extend(flag("--port", self.port));
        flags.extend(switch("--reload", self.reload));
        flags
    }
}

impl ServeArgs {
    pub fn flags(self) -> Vec<Flag> {
        let mut flags = self.listen.flags();
        flags.extend(switch("--insecure", self.insecure));
        flags
    }
}

#[cfg(feature = "dev")]
impl DevArgs {
    pub fn flags(&self) -> Vec<Flag> {
        let mut flags = self.file.flags();
        flags.extend(flag("--port", self.port.clone()));
        flags
    }
}

fn flag(name: &'static str, value: Option<String>) -> Option<Flag> {
    value.map(|value| Flag { name, value })
}

fn switch(name: &'static str, is_given: bool) -> Option<Flag> {
    flag(name, is_given.then(|| "true".to_owned()))
}

/// Parses a duration. A number without a unit is in seconds.
fn lifetime(text: &str) -> Result<Duration, humantime::DurationError> {
    let seconds = text.parse::<u32>().map(u64::from);
    seconds.map_or_else(
        |_| humantime::parse_duration(text),
        |seconds| Ok(Duration::from_secs(seconds)),
    )
}

fn claim(text: &str) -> Result<(String, Value), &'static str> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::config::{Settings, source::Sources};

    #[test]
    fn command_lines_are_consistent() {
        Arguments::command().debug_assert();
        RunArguments::command().debug_assert();
    }

    #[test]
    fn lifetimes_have_a_unit_or_are_seconds() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("2m", 120),
            ("1h", 3600),
            ("1d", 86400),
        ] {
            assert_eq!(lifetime(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "h", "-1h", "1hm", "1x", "999999999999999999999d"] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_flag_of_a_setting_exists_and_its_help_names_variable_and_default() {
        let mut arguments = Arguments::command();
        arguments.build();
        let serve = arguments.find_subcommand("serve").expect("the command");
        let settings = Settings::load(&Sources::default()).expect("the defaults");
        let mut flags = 0;
        for row in settings.rows() {
            let Some(flag) = row.setting.and_then(|setting| setting.flag) else {
                continue;
            };
            let argument = serve
                .get_arguments()
                .find(|arg| arg.get_long() == flag.strip_prefix("--"));
            let argument = argument.expect("the flag");
            let help = argument.get_help().expect("its help").to_string();
            assert!(help.contains(&format!("[env: {}]", row.name)), "{help}");
            let default = format!("[default: {}]", row.value.as_deref().unwrap_or_default());
            assert!(
                !argument.get_action().takes_values() || help.contains(&default),
                "{help}"
            );
            flags += 1;
        }
        assert_eq!(flags, 5);
    }
}
