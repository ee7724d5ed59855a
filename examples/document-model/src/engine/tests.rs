use tokio::sync::mpsc;

use super::*;
use crate::tiny;

fn engine(says: &str) -> Engine {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("tiny.gguf");
    tiny::write(&file, says).expect("a model");
    Engine::load(&file).expect("a model that can be loaded")
}

fn prompt(text: &str) -> Prompt {
    Prompt {
        text: text.into(),
        instruction: "Write on.".into(),
    }
}

#[tokio::test]
async fn the_pieces_are_the_answer_and_one_that_does_not_end_is_cut() {
    let engine = engine("he");
    let (tokens, mut pieces) = mpsc::channel::<String>(4);
    let mut taken = String::new();
    let taking = async {
        while let Some(piece) = pieces.recv().await {
            taken.push_str(&piece);
        }
    };
    let prompt = prompt("Grüße");
    let (answer, ()) = tokio::join!(engine.generate(&prompt, tokens), taking);
    let answer = answer.expect("an answer");
    assert_eq!(answer.text, "he".repeat(MAX_ANSWER));
    assert_eq!(answer.text, taken);
    assert_eq!(answer.note.as_deref(), Some(CUT));
    assert_eq!(answer.model, MODEL.name);
}

#[tokio::test]
async fn a_model_that_ends_its_turn_at_once_has_answered_nothing() {
    let (tokens, _pieces) = mpsc::channel(4);
    let error = engine("<|im_end|>").generate(&prompt("a"), tokens).await;
    assert!(matches!(error, Err(ModelError::Empty)), "{error:?}");
}

#[tokio::test]
async fn a_model_stops_when_nobody_takes_its_text() {
    let (tokens, pieces) = mpsc::channel(4);
    drop(pieces);
    let error = engine("he").generate(&prompt("a"), tokens).await;
    assert!(matches!(error, Err(ModelError::Unwanted)), "{error:?}");
}

#[tokio::test]
async fn what_is_too_long_to_be_read_is_refused() {
    let (tokens, _pieces) = mpsc::channel(4);
    let long = "x".repeat(MAX_PROMPT);
    let error = engine("he")
        .generate(&prompt(&long), tokens)
        .await
        .expect_err("too long");
    assert_eq!(
        (error.type_name(), error.is_retryable()),
        ("PromptTooLong", false)
    );
}
