//! What can be done to a text without a language model: a few things, by rules, and honestly so.

mod analyze;
mod instruction;
mod text;
mod transform;

use futures::future::BoxFuture;

pub use self::analyze::{Analysis, WordCount};
pub(crate) use self::{analyze::analyze, text::sentences};
use crate::model::{Answer, Growing, LanguageModel, ModelError, Prompt, Tokens};

/// Who wrote a text that was made by rules.
pub const NAME: &str = "plain rules";
/// What a reader should know of such a text.
const NOTE: &str = "Written by plain rules, without a language model.";
/// How long a piece of a text is at least, but for the last: each becomes a part of a signal.
const PIECE_BYTES: usize = 1024;
/// How one gets a model.
pub const ADVICE: &str = "For a language model, set LLM_BASE_URL and LLM_MODEL to a server that \
                          speaks the protocol of OpenAI, or run `fast-temporal dev --model`.";

/// Stands in for a language model where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlainRules;

impl LanguageModel for PlainRules {
    fn generate<'a>(
        &'a self,
        prompt: &'a Prompt,
        tokens: Tokens,
    ) -> BoxFuture<'a, Result<Answer, ModelError>> {
        Box::pin(async move {
            let done = transform::transform(prompt)?;
            let mut text = Growing::new(tokens);
            for piece in pieces(&done.text) {
                text.push(piece).await?;
            }
            Ok(Answer {
                text: text.end()?,
                model: NAME.to_owned(),
                note: Some(format!(
                    "{NOTE} Understood as: {}. {ADVICE}",
                    done.instruction
                )),
            })
        })
    }
}

/// A text in pieces of whole lines, none of them short but the last.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let least = rest.floor_char_boundary(PIECE_BYTES);
        let end = rest[least..]
            .find('\n')
            .map_or(rest.len(), |at| least + at + 1);
        let piece;
        (piece, rest) = rest.split_at(end);
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn the_pieces_are_the_text_and_a_note_says_who_wrote_it() {
        let prompt = Prompt {
            text: "b\na".into(),
            instruction: "sort lines".into(),
        };
        let (tokens, mut pieces) = mpsc::channel(8);
        let answer = PlainRules.generate(&prompt, tokens).await;
        let answer = answer.expect("an instruction that the rules know");
        let mut taken = Vec::new();
        while let Some(piece) = pieces.recv().await {
            taken.push(piece);
        }
        assert_eq!(taken, ["a\nb"]);
        assert_eq!(answer.text, "a\nb");
        let note = answer.note.expect("a note");
        assert!(note.contains("without a language model"), "{note}");
        assert!(note.contains("sort lines"), "{note}");
    }

    #[test]
    fn pieces_are_whole_lines_and_few() {
        let long = "é".repeat(PIECE_BYTES);
        let text = format!("{long}\nshort\n{}", "x\n".repeat(2000));
        let pieces: Vec<_> = pieces(&text).collect();
        assert_eq!(pieces.concat(), text);
        assert_eq!(pieces.len(), 5);
        assert_eq!(pieces[0], format!("{long}\n"));
        assert!(pieces.iter().all(|piece| piece.ends_with('\n')));
        assert_eq!(super::pieces("").count(), 0);
    }

    #[test]
    fn the_largest_text_of_nothing_but_line_ends_is_few_pieces() {
        let pieces: Vec<_> = pieces(&"\n".repeat(262_143)).map(str::len).collect();
        assert_eq!(pieces.iter().sum::<usize>(), 262_143);
        assert!(pieces.len() < 300, "{}", pieces.len());
    }

    #[tokio::test]
    async fn what_would_not_fit_into_a_payload_is_refused() {
        let prompt = Prompt {
            text: "\n".repeat(256 * 1024),
            instruction: "number lines".into(),
        };
        let (tokens, mut pieces) = mpsc::channel(8);
        let draining = async { while pieces.recv().await.is_some() {} };
        let (answer, ()) = tokio::join!(PlainRules.generate(&prompt, tokens), draining);
        assert_eq!(answer.expect_err("too long").type_name(), "TooLong");
    }
}
