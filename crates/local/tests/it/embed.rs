//! Vectors against the reference, limits, other kinds of folder.

use std::fs;

use llm::{CallContext, Catalog, Embedder, Error};
use local::{Local, LocalConfig};
use serde::Deserialize;

use crate::{folder, local};

const MODEL: &str = "all-minilm-l6-v2";

#[derive(Deserialize)]
struct Fixture {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    tokens: u64,
    vector_e4: Vec<f64>,
}

fn cases() -> Vec<Case> {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/minilm.json")).unwrap();
    fixture.cases
}

fn cosine(a: &[f32], b: &[f64]) -> f64 {
    let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * b).sum();
    let length = |v: &mut dyn Iterator<Item = f64>| v.map(|v| v * v).sum::<f64>().sqrt();
    dot / (length(&mut a.iter().map(|v| f64::from(*v))) * length(&mut b.iter().copied()))
}

#[tokio::test]
async fn vectors_agree_with_the_reference_alone_and_in_a_batch() {
    let local = local(LocalConfig::default());
    let ctx = CallContext::default();
    let cases = cases();
    let texts = cases.iter().map(|case| case.text.clone()).collect();
    let together = local.embed(MODEL, texts, &ctx).await.unwrap();
    assert_eq!(
        together.prompt_tokens,
        cases.iter().map(|case| case.tokens).sum::<u64>()
    );
    for (case, in_batch) in cases.iter().zip(&together.vectors) {
        let alone = local.embed(MODEL, vec![case.text.clone()], &ctx).await.unwrap();
        assert_eq!(alone.prompt_tokens, case.tokens, "{:?}", case.text);
        for vector in [&alone.vectors[0], in_batch] {
            assert_eq!(vector.len(), 384);
            let cosine = cosine(vector, &case.vector_e4);
            assert!(cosine >= 0.999_99, "{:?}: {cosine}", case.text);
            let length: f32 = vector.iter().map(|v| v * v).sum();
            assert!((length - 1.0).abs() < 1e-4);
        }
    }
}

#[tokio::test]
async fn a_text_that_is_longer_than_the_model_reads_is_cut_off_or_refused_as_the_caller_wants() {
    let local = local(LocalConfig::default());
    let texts = || vec!["short".to_owned(), "word ".repeat(3_000)];
    let cut = local
        .embed(MODEL, texts(), &CallContext::default())
        .await
        .unwrap();
    assert_eq!(cut.vectors.len(), 2);
    let refused = local.embed(MODEL, texts(), &CallContext::default().uncut()).await;
    let Err(Error::ContextTooLong(why)) = refused else {
        panic!("{refused:?}")
    };
    assert!(why.contains("`input[1]`") && why.contains("256 tokens"), "{why}");
    let all = "x".repeat(200_000);
    let refused = local
        .embed(MODEL, vec![all], &CallContext::default().uncut())
        .await;
    assert!(matches!(refused, Err(Error::ContextTooLong(_))), "{refused:?}");
}

#[tokio::test]
async fn no_texts_give_no_vectors_and_too_many_are_refused() {
    let local = local(LocalConfig {
        max_texts: 3,
        ..LocalConfig::default()
    });
    let ctx = CallContext::default();
    assert_eq!(local.embed(MODEL, vec![], &ctx).await.unwrap().vectors.len(), 0);
    let refused = local.embed(MODEL, vec![String::new(); 4], &ctx).await;
    assert!(matches!(refused, Err(Error::BadRequest(_))), "{refused:?}");
}

#[tokio::test]
async fn a_text_of_megabytes_is_cut_off_like_any_long_text() {
    let local = local(LocalConfig::default());
    let long = "All work and no play makes a dull text. ".repeat(100_000);
    let answer = local
        .embed(
            MODEL,
            vec![long.clone(), long[..20_000].to_owned()],
            &CallContext::default(),
        )
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer.prompt_tokens, 512);
    assert_eq!(answer.vectors[0], answer.vectors[1]);
}

#[tokio::test]
async fn a_full_queue_is_rate_limited_and_a_cancelled_call_ends_at_once() {
    let local = local(LocalConfig {
        max_queue: 1,
        ..LocalConfig::default()
    });
    let passages = || vec!["A passage of some length about nothing in particular. ".repeat(40); 64];
    let ctx = CallContext::default();
    let calls = (0..40).map(|_| {
        let (local, ctx) = (local.clone(), ctx.clone());
        tokio::spawn(async move { local.embed(MODEL, passages(), &ctx).await })
    });
    let calls: Vec<_> = calls.collect();
    let mut limited = 0;
    for (index, call) in calls.into_iter().enumerate() {
        if index == 0 {
            // Whoever is still in the queue or in the model is given up now.
            tokio::task::yield_now().await;
            ctx.cancel.cancel();
        }
        match call.await.unwrap() {
            Err(Error::RateLimited { .. }) => limited += 1,
            Err(Error::Cancelled) | Ok(_) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(
        limited >= 25,
        "eight may wait, so most of forty are refused; {limited} were"
    );
    // Short texts have a lane of their own, and the model goes on.
    let answer = local
        .embed(MODEL, vec!["still here".to_owned()], &CallContext::default())
        .await;
    assert_eq!(answer.unwrap().vectors.len(), 1);
}

#[tokio::test]
async fn a_folder_may_ask_for_the_first_token_and_for_prefixes() {
    let place = tempfile::tempdir().unwrap();
    let own = place.path().join("own");
    fs::create_dir_all(own.join("1_Pooling")).unwrap();
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        std::os::unix::fs::symlink(folder().join(MODEL).join(file), own.join(file)).unwrap();
    }
    fs::write(own.join("sentence_bert_config.json"), r#"{"max_seq_length": 16}"#).unwrap();
    fs::write(
        own.join("config_sentence_transformers.json"),
        r#"{"prompts": {"query": "query: ", "passage": "passage: "}}"#,
    )
    .unwrap();
    let ctx = CallContext::default();
    let one = async |local: &Local, model: &str, text: &str| {
        local.embed(model, vec![text.to_owned()], &ctx).await.unwrap()
    };
    let plain = local(LocalConfig::default());
    let mean = Local::open(place.path(), LocalConfig::default());
    assert_eq!(
        one(&mean, "own", "tea").await,
        one(&plain, MODEL, "passage: tea").await
    );
    assert_eq!(
        one(&mean, "own:query", "tea").await,
        one(&plain, MODEL, "query: tea").await
    );
    assert_eq!(one(&mean, "own", &"tea ".repeat(50)).await.prompt_tokens, 16);

    fs::write(
        own.join("1_Pooling/config.json"),
        r#"{"pooling_mode_cls_token": true}"#,
    )
    .unwrap();
    let first = Local::open(place.path(), LocalConfig::default());
    assert_ne!(
        one(&first, "own", "tea").await.vectors,
        one(&mean, "own", "tea").await.vectors
    );
    let names: Vec<_> = first
        .models()
        .await
        .unwrap()
        .into_iter()
        .map(|info| info.name)
        .collect();
    assert_eq!(names, ["own"]);
}

#[tokio::test]
async fn a_broken_folder_says_which_file_and_can_be_mended() {
    let place = tempfile::tempdir().unwrap();
    let own = place.path().join("own");
    fs::create_dir(&own).unwrap();
    for file in ["config.json", "tokenizer.json"] {
        fs::copy(folder().join(MODEL).join(file), own.join(file)).unwrap();
    }
    fs::write(own.join("model.safetensors"), b"not a model").unwrap();
    let local = Local::open(place.path(), LocalConfig::default());
    let ctx = CallContext::default();
    let error = local
        .embed("own", vec!["x".to_owned()], &ctx)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("model.safetensors"), "{error}");
    fs::remove_file(own.join("model.safetensors")).unwrap();
    std::os::unix::fs::symlink(
        folder().join(MODEL).join("model.safetensors"),
        own.join("model.safetensors"),
    )
    .unwrap();
    assert!(local.embed("own", vec!["x".to_owned()], &ctx).await.is_ok());
}

#[tokio::test]
async fn without_weights_the_answer_says_how_to_get_them() {
    let place = tempfile::tempdir().unwrap();
    let local = Local::open(place.path(), LocalConfig::default());
    let embed = local
        .embed(MODEL, vec!["x".to_owned()], &CallContext::default())
        .await
        .unwrap_err();
    let models = local.models().await.unwrap_err();
    for error in [embed, models] {
        assert!(
            matches!(&error, Error::NotFound(text) if text.contains("stoa models pull")),
            "{error:?}"
        );
    }
    assert_eq!(local.stats().models.len(), 0);
}
