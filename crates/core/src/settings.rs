//! Settings: the fields of a configuration struct that an operator can set.
//!
//! [`settings!`](crate::settings!) declares such a struct. Each field has its default, its key in the settings file, its
//! variable, the values that it accepts and its documentation in one place. This module doesn't know where
//! values come from: a [`SettingReader`] does.

use std::{fmt::Display, ops::RangeInclusive, path::PathBuf, str::FromStr, time::Duration};

/// The names and the documentation of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in the settings file, as `table.key`. `None` if the file can't set it.
    pub key: Option<&'static str>,
    /// The variable, in the environment and in `.env`.
    pub variable: &'static str,
    /// The flag on the command line.
    pub flag: Option<&'static str>,
    /// A value to show in the example file, as TOML, for a setting without a default.
    pub example: Option<&'static str>,
    /// The documentation, as Markdown.
    pub doc: &'static str,
}

impl Setting {
    /// Returns a setting without a flag. With an empty key, the file can't set it.
    pub const fn new(key: &'static str, variable: &'static str, doc: &'static str) -> Self {
        Self {
            key: if key.is_empty() { None } else { Some(key) },
            variable,
            flag: None,
            example: None,
            doc,
        }
    }

    /// Adds the flag on the command line.
    #[must_use]
    pub const fn flag(self, flag: &'static str) -> Self {
        Self {
            flag: Some(flag),
            ..self
        }
    }

    /// Adds a value to show in the example file, as TOML.
    #[must_use]
    pub const fn example(self, example: &'static str) -> Self {
        Self {
            example: Some(example),
            ..self
        }
    }
}

/// Reads the values of settings from where an operator has set them.
pub trait SettingReader {
    /// Replaces `value`, which is the default, if the setting is set.
    fn read<T>(&mut self, setting: &'static Setting, kind: &Kind<T>, value: &mut T);
}

type Parse<T> = dyn Fn(&str) -> Option<T>;

/// The values that a setting accepts, and their text form.
pub struct Kind<T> {
    /// The accepted values, for the reader of an error or of the reference.
    pub allowed: String,
    /// Whether output must not show the value.
    pub secret: bool,
    /// Whether the value is a list: separated by commas in a variable, or an array in the file.
    pub list: bool,
    /// Whether the value can have several lines.
    pub multiline: bool,
    /// Whether the value is a path. In the file, it is relative to the file's folder.
    pub path: bool,
    parse: Box<Parse<T>>,
    format: Box<dyn Fn(&T) -> String>,
}

impl<T: 'static> Kind<T> {
    /// Returns the kind of values that `parse` accepts. For a setting with a default, add
    /// [`Kind::formatted_by`].
    pub fn new(allowed: impl Into<String>, parse: impl Fn(&str) -> Option<T> + 'static) -> Self {
        Self {
            allowed: allowed.into(),
            secret: false,
            list: false,
            multiline: false,
            path: false,
            parse: Box::new(parse),
            format: Box::new(|_| String::new()),
        }
    }

    /// Sets how a default is written.
    #[must_use]
    pub fn formatted_by(self, format: impl Fn(&T) -> String + 'static) -> Self {
        Self {
            format: Box::new(format),
            ..self
        }
    }

    /// Hides the values of this kind in all output.
    #[must_use]
    pub fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// Accepts values of several lines.
    #[must_use]
    pub fn multiline(self) -> Self {
        Self {
            multiline: true,
            ..self
        }
    }

    /// Returns the same kind for a field that is `None` by default.
    #[must_use]
    pub fn optional(self) -> Kind<Option<T>> {
        let (parse, format) = (self.parse, self.format);
        Kind {
            allowed: self.allowed,
            secret: self.secret,
            list: self.list,
            multiline: self.multiline,
            path: self.path,
            parse: Box::new(move |text| parse(text).map(Some)),
            format: Box::new(move |value| value.as_ref().map_or_else(String::new, &format)),
        }
    }
}

impl<T> Kind<T> {
    /// Parses a value. Returns `None` if it isn't accepted.
    pub fn parse(&self, text: &str) -> Option<T> {
        let forbidden = |c: char| c.is_control() && !(self.multiline && matches!(c, '\r' | '\n'));
        if text.contains(forbidden) {
            return None;
        }
        (self.parse)(text)
    }

    /// Returns the text form of a default. It is empty if the setting has no default.
    pub fn format(&self, value: &T) -> String {
        (self.format)(value)
    }
}

/// A whole number.
pub fn whole<N>(range: RangeInclusive<N>) -> Kind<N>
where
    N: FromStr + PartialOrd + Display + 'static,
{
    let allowed = format!("a whole number from {} to {}", range.start(), range.end());
    let parse = move |text: &str| text.parse().ok().filter(|number| range.contains(number));
    Kind::new(allowed, parse).formatted_by(N::to_string)
}

/// A duration in seconds, with decimals.
pub fn seconds(range: RangeInclusive<f64>) -> Kind<Duration> {
    let allowed = format!("seconds from {} to {}", range.start(), range.end());
    let parse = move |text: &str| {
        let seconds = text.parse().ok();
        let seconds = seconds.filter(|seconds| range.contains(seconds))?;
        Some(Duration::from_secs_f64(seconds))
    };
    Kind::new(allowed, parse).formatted_by(|duration| duration.as_secs_f64().to_string())
}

/// Yes or no.
pub fn switch() -> Kind<bool> {
    let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    };
    Kind::new("true or false", parse).formatted_by(bool::to_string)
}

/// A text that `accepts` returns `true` for.
pub fn text(allowed: impl Into<String>, accepts: impl Fn(&str) -> bool + 'static) -> Kind<String> {
    let parse = move |text: &str| accepts(text).then(|| text.to_owned());
    Kind::new(allowed, parse).formatted_by(String::clone)
}

/// Temporal's limit on the length of a name, in bytes.
const MAX_NAME_BYTES: usize = 1000;

/// A name that Temporal accepts.
pub fn name() -> Kind<String> {
    let allowed = format!("a name of at most {MAX_NAME_BYTES} bytes");
    text(allowed, |text| text.len() <= MAX_NAME_BYTES)
}

/// One of a few words.
pub fn choice<T: Copy + PartialEq>(choices: &'static [(&'static str, T)]) -> Kind<T> {
    let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
    let parse = |text: &str| {
        let mut choices = choices.iter();
        let choice = choices.find(|(word, _)| word.eq_ignore_ascii_case(text))?;
        Some(choice.1)
    };
    let format = |value: &T| {
        let mut choices = choices.iter();
        let choice = choices.find(|choice| choice.1 == *value);
        choice.map_or_else(String::new, |(word, _)| (*word).to_owned())
    };
    Kind::new(words.join(" or "), parse).formatted_by(format)
}

/// The path of a file or folder.
pub fn path() -> Kind<PathBuf> {
    let kind = Kind::new("a path", |text| Some(PathBuf::from(text)));
    Kind { path: true, ..kind }.formatted_by(|path| path.display().to_string())
}

/// At least one value, separated by commas.
pub fn list<T: 'static>(
    allowed: impl Into<String>,
    parse: impl Fn(&str) -> Option<T> + 'static,
) -> Kind<Vec<T>> {
    let parse = move |text: &str| {
        let parts = text.split(',').map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        let values: Option<Vec<_>> = parts.map(&parse).collect();
        values.filter(|values| !values.is_empty())
    };
    Kind {
        list: true,
        ..Kind::new(allowed, parse)
    }
}

/// Declares configuration structs whose fields are settings, each with `Default` and
/// `read_settings(&mut self, reader: &mut impl SettingReader)`.
///
/// A field is one of
/// - `name: Type = default => ["table.key", "VARIABLE", kind],`: a setting; `flag "--flag"` and `example "TOML"` may
///   follow the kind, and with an empty key, the file can't set it; the key and the variable can be constants,
/// - `name: Type = default => [nested],`: another such struct, whose settings are read too,
/// - `name: Type = default,`: not a setting.
///
/// ```
/// use std::time::Duration;
/// use fast_temporal_core::settings::{seconds, whole};
///
/// fast_temporal_core::settings! {
///     /// Limits on requests.
///     #[derive(Clone, Debug)]
///     pub struct RequestLimits {
///         /// Maximum number of requests in a second.
///         pub per_second: u32 = 100 => ["requests.per_second", "REQUESTS_PER_SECOND", whole(1..=1000)],
///         /// Maximum time for a body to arrive.
///         pub body_timeout: Duration = Duration::from_secs(30)
///             => ["requests.body_timeout_seconds", "BODY_TIMEOUT_SECONDS", seconds(0.1..=60.0)],
///     }
/// }
/// assert_eq!(RequestLimits::default().per_second, 100);
/// ```
#[macro_export]
macro_rules! settings {
    ($(
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                pub $field:ident: $type:ty = $default:expr $(=> [$($setting:tt)+])?
            ),+ $(,)?
        }
    )+) => { $(
        $(#[$attribute])*
        pub struct $name {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nDefault: `", stringify!($default), "`.")]
                pub $field: $type,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default),+ }
            }
        }

        impl $name {
            /// Replaces the values of the fields that an operator has set.
            pub fn read_settings(&mut self, reader: &mut impl $crate::settings::SettingReader) {
                $(
                    $crate::settings!(
                        @read reader, self.$field, [concat!($($doc),+)] $($($setting)+)?
                    );
                )+
            }
        }
    )+ };
    (@read $reader:ident, $self:ident.$field:ident, [$doc:expr]) => {};
    (@read $reader:ident, $self:ident.$field:ident, [$doc:expr] nested) => {
        $self.$field.read_settings($reader);
    };
    (
        @read $reader:ident, $self:ident.$field:ident, [$doc:expr]
        $key:expr, $variable:expr, $kind:expr
            $(, flag $flag:literal)? $(, example $example:literal)?
    ) => {
        $reader.read(
            const {
                &$crate::settings::Setting::new($key, $variable, $doc)
                    $(.flag($flag))? $(.example($example))?
            },
            &$kind,
            &mut $self.$field,
        );
    };
}
