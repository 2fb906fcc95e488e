//! What must hold of the decoder for any bytes. Shared by the fuzz target and a plain test.

use routeros_api::{
    Reply,
    codec::{DecodeError, Decoder, Encoder, Limits, Sentence},
};

const LIMITS: Limits = Limits { max_word: 4_096, max_sentence: 16_384, max_words: 64 };

/// The first byte chooses the size of the pieces in which the others arrive.
pub(super) fn decode(data: &[u8]) {
    let Some((&first, stream)) = data.split_first() else { return };
    let piece = usize::from(first) + 1;

    let (whole, whole_error) = sentences(stream, stream.len().max(1));
    let (pieces, pieces_error) = sentences(stream, piece);
    assert_eq!(whole, pieces, "how bytes are cut doesn't matter");
    assert_eq!(whole_error, pieces_error);

    for sentence in &whole {
        check_bounds(sentence);
        check_round_trip(sentence);
        check_meaning(sentence);
    }
}

fn sentences(stream: &[u8], piece: usize) -> (Vec<Sentence>, Option<DecodeError>) {
    let mut decoder = Decoder::new(LIMITS);
    let mut found = Vec::new();
    for bytes in stream.chunks(piece) {
        decoder.feed(bytes);
        loop {
            match decoder.next_sentence() {
                Ok(Some(sentence)) => found.push(sentence),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(decoder.next_sentence(), Err(error), "an error stays");
                    return (found, Some(error));
                }
            }
        }
        assert!(decoder.pending() <= LIMITS.max_sentence + 5, "no more is held than one sentence");
    }
    (found, None)
}

fn check_bounds(sentence: &Sentence) {
    assert!((1..=LIMITS.max_words).contains(&sentence.word_count()));
    assert_eq!(sentence.words().count(), sentence.word_count());
    assert!(sentence.words().all(|word| !word.is_empty() && word.len() <= LIMITS.max_word));
    assert!(sentence.wire_len() <= LIMITS.max_sentence);
}

fn check_round_trip(sentence: &Sentence) {
    let mut encoder = Encoder::new();
    encoder.sentence(sentence.words()).expect("words that were read can be written");
    let wire = encoder.take();
    assert!(wire.len() <= sentence.wire_len() + 1, "the shortest prefixes are written");
    let mut decoder = Decoder::new(LIMITS);
    decoder.feed(&wire);
    let again = decoder.next_sentence().expect("what was written can be read").expect("it is whole");
    assert!(again.words().eq(sentence.words()));
    assert_eq!(decoder.pending(), 0);
}

fn check_meaning(sentence: &Sentence) {
    assert!(!format!("{sentence:?}").is_empty());
    let Ok(reply) = Reply::parse(sentence.clone()) else { return };
    let tags = usize::from(reply.tag().is_some());
    let row = reply.row();
    assert_eq!(
        row.attrs().count() + row.extra().count() + tags + 1,
        sentence.word_count(),
        "no word is lost"
    );
    assert_eq!(row.shared_attrs().count(), row.attrs().count());
    assert!(!format!("{reply:?} {row:?} {:?}", reply.message()).is_empty());
}
