//! The command lines of both programs.

use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use crate::config::{CONFIG, Flag, Setting, listen};

const SETTINGS: &str = "\
Settings are read from flags, the environment, a .env file in the working
folder, and the file fast-temporal.toml: the first that says something counts.
`fast-temporal config` shows all settings, with their values and where these
came from.";

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

All settings of the gateway hold, too: `fast-temporal config` shows them. With
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
    /// Show the settings in force, and where each came from.
    Config(ConfigArgs),
    /// Make API keys for backends, and tokens to try the gateway with.
    #[command(subcommand)]
    Token(TokenCommand),
}

/// `fast-temporal token`.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make the API key of a backend: the key, which is shown this once, and its settings.
    Key(TokenKeyArgs),
    /// Read an API key from standard input, and show its settings.
    Hash,
    /// Sign a JSON Web Token with the secret of the settings, to try the gateway with.
    Jwt(TokenJwtArgs),
}

#[derive(Debug, Args)]
pub struct TokenKeyArgs {
    /// What the key is called: letters, digits and hyphens.
    #[arg(long, value_name = "ID")]
    pub name: String,
    /// The user that the backend acts for; without one, it may do everything.
    #[arg(long, value_name = "USER")]
    pub subject: Option<String>,
}

#[derive(Debug, Args)]
pub struct TokenJwtArgs {
    /// The user.
    #[arg(long, value_name = "USER")]
    pub subject: String,
    /// After what time the token ends: a number with s, m, h or d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = lifetime)]
    pub expires: Duration,
    /// More claims. What is JSON is taken as that, anything else as text.
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
    /// Serve without authentication on an address that others can reach
    /// [env: FAST_TEMPORAL_INSECURE].
    #[arg(long)]
    pub insecure: bool,
}

/// `fast-temporal-run`, the original's script: `fast-temporal serve` for a machine where it ran.
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
    /// The port to listen on, 0 for a free one [default: 8000] [env: FASTAPI_PORT].
    #[arg(long)]
    pub port: Option<String>,
    /// When .env or the settings' file changes, drain and start anew [env: FASTAPI_RELOAD].
    #[arg(long)]
    pub reload: bool,
    #[command(flatten)]
    pub file: FileArgs,
}

#[derive(Debug, Args)]
pub struct FileArgs {
    /// The settings' file [default: fast-temporal.toml] [env: FAST_TEMPORAL_CONFIG].
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
    /// Write JSON.
    #[arg(long)]
    pub json: bool,
}

impl FileArgs {
    pub fn flags(&self) -> Vec<Flag> {
        let file = self.config.clone();
        file.map(|value| flag(&CONFIG, value)).into_iter().collect()
    }
}

impl ListenArgs {
    pub fn flags(self) -> Vec<Flag> {
        let mut flags = self.file.flags();
        flags.extend(self.host.map(|value| flag(&listen::HOST, value)));
        flags.extend(self.port.map(|value| flag(&listen::PORT, value)));
        flags.extend(self.reload.then(|| yes(&listen::RELOAD)));
        flags
    }
}

impl ServeArgs {
    pub fn flags(self) -> Vec<Flag> {
        let mut flags = self.listen.flags();
        flags.extend(self.insecure.then(|| yes(&listen::INSECURE)));
        flags
    }
}

#[cfg(feature = "dev")]
impl DevArgs {
    pub fn flags(&self) -> Vec<Flag> {
        let mut flags = self.file.flags();
        flags.extend(self.port.clone().map(|value| flag(&listen::PORT, value)));
        flags
    }
}

/// A time in whole seconds, minutes, hours or days.
fn lifetime(text: &str) -> Result<Duration, &'static str> {
    const ALLOWED: &str = "must be a number of seconds, or one with s, m, h or d";
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd']);
    let seconds = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return Err(ALLOWED),
    };
    let number: u32 = digits.parse().map_err(|_| ALLOWED)?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

fn claim(text: &str) -> Result<(String, Value), &'static str> {
    let (name, value) = text.split_once('=').ok_or("must be NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
    Ok((name.to_owned(), value))
}

fn yes(setting: &'static Setting) -> Flag {
    flag(setting, "true".to_owned())
}

fn flag(setting: &'static Setting, value: String) -> Flag {
    Flag { setting, value }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::config::GROUPS;

    #[test]
    fn the_command_lines_hold_together() {
        Arguments::command().debug_assert();
        RunArguments::command().debug_assert();
    }

    #[test]
    fn lifetimes_are_read_with_their_unit() {
        for (text, seconds) in [
            ("90", 90),
            ("90s", 90),
            ("2m", 120),
            ("1h", 3600),
            ("1d", 86400),
        ] {
            assert_eq!(lifetime(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "h", "1.5h", "-1h", "1hm", "1w", "99999999999d"] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_setting_with_a_flag_has_it_and_its_help_names_the_variable() {
        let mut arguments = Arguments::command();
        arguments.build();
        let serve = arguments.find_subcommand("serve").expect("the command");
        let settings = GROUPS.iter().flat_map(|group| group.settings);
        for setting in settings.filter(|setting| setting.flag.is_some()) {
            let long = setting.flag.and_then(|flag| flag.strip_prefix("--"));
            let argument = serve.get_arguments().find(|arg| arg.get_long() == long);
            let help = argument.expect("the flag").get_help().expect("its help");
            let help = help.to_string();
            let variable = format!("[env: {}]", setting.variable);
            assert!(help.contains(&variable), "{help}");
            let takes_value = argument.is_some_and(|arg| arg.get_action().takes_values());
            let default = format!("[default: {}]", setting.default.unwrap_or_default());
            assert!(!takes_value || help.contains(&default), "{help}");
        }
    }
}
