//! `fast-temporal config`: the settings in effect, and the origin of each.

use crate::{
    args::ConfigArgs,
    config::{Settings, Sources},
    output,
};

pub fn run(arguments: ConfigArgs) -> anyhow::Result<()> {
    let json = arguments.json;
    let settings = Settings::load(&Sources::gather(arguments.listen.flags())?)?;
    if json {
        output::print(&format!("{:#}", settings.to_json()));
    } else {
        output::print(&settings.to_text());
    }
    Ok(())
}
