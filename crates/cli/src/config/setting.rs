//! What a setting is called in each source. A name stands here once: the sources are read by it,
//! flags are made of it, and the reference is written from it.

use super::source::Origin;

/// A setting.
#[derive(Debug)]
pub struct Setting {
    /// The variable, in the environment and in `.env`.
    pub variable: &'static str,
    /// Its place in the file, as `table.key`; `None` for what the file can't say.
    pub key: Option<&'static str>,
    /// The flag of the command line that stands for it.
    pub flag: Option<&'static str>,
    /// What counts where nobody says anything, written as a user would write it.
    pub default: Option<&'static str>,
    /// What it is, as Markdown.
    pub about: &'static str,
}

/// The settings of one concern: a table of the file.
#[derive(Debug)]
pub struct Group {
    /// The table; `None` for what the file can't say.
    pub table: Option<&'static str>,
    /// What it is about.
    pub about: &'static str,
    /// Its settings, in the order in which they are shown.
    pub settings: &'static [&'static Setting],
}

impl Setting {
    /// What a user who wrote something there calls it.
    pub(super) fn name_at(&self, origin: &Origin) -> &'static str {
        match (origin, self.key) {
            (Origin::File { .. }, Some(key)) => key,
            _ => self.variable,
        }
    }

    /// What it is, on one line.
    pub fn about(&self) -> String {
        self.about.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Declares the settings of one concern, each as a static, and their group.
macro_rules! settings {
    (
        $group:ident $(in $table:literal)?: $group_about:literal;
        $(
            $(#[doc = $about:literal])+
            $name:ident = $variable:literal
            $(, key $key:literal)?
            $(, flag $flag:literal)?
            $(, default $default:literal)?;
        )+
    ) => {
        $(
            $(#[doc = $about])+
            pub static $name: $crate::config::setting::Setting = $crate::config::setting::Setting {
                variable: $variable,
                key: $crate::config::setting::first(&[$($key)?]),
                flag: $crate::config::setting::first(&[$($flag)?]),
                default: $crate::config::setting::first(&[$($default)?]),
                about: concat!($($about, "\n"),+),
            };
        )+

        #[doc = $group_about]
        pub static $group: $crate::config::setting::Group = $crate::config::setting::Group {
            table: $crate::config::setting::first(&[$($table)?]),
            about: $group_about,
            settings: &[$(&$name),+],
        };
    };
}

pub(super) use settings;

/// What was given, if anything: a macro's optional part.
pub(super) const fn first(given: &[&'static str]) -> Option<&'static str> {
    match given {
        [] => None,
        [first, ..] => Some(first),
    }
}
