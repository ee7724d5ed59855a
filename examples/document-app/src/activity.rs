//! The three activities: what Temporal sees of them. The work itself is in modules that know
//! nothing of Temporal: `model`, `folder`, `speech`.

mod alive;
mod generate;
mod speak;
mod stream;
mod write;

pub(crate) use self::alive::{BEAT, SILENCE};
pub use self::{
    generate::{Generate, Generated, Generation},
    speak::{Audio, Speak, Speaking},
    stream::{Piece, TOPIC},
    write::{Write, Writing},
};

/// The name of a run's folder: the run's id, which Temporal makes and which is a UUID.
fn run_of(ctx: &temporalio_sdk::activities::ActivityContext) -> crate::FileName {
    let run = ctx.info().workflow_run_id.as_deref();
    run.and_then(|run| run.parse().ok())
        .unwrap_or_else(|| "no-workflow".parse().expect("a name of a file"))
}
