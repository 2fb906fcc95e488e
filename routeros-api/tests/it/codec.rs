//! The codec against a second, naive one, and against any bytes.

use proptest::{collection::vec, prelude::*};
use routeros_api::{
    Category, Kind, ProtocolError, Reply, Trap,
    codec::{DecodeError, Decoder, EncodeError, Encoder, Limits},
};

use crate::fake::wire;

#[path = "../../fuzz/target.rs"]
mod target;

/// All sentences of a stream that arrives in pieces.
fn decode(stream: &[u8], cuts: &[usize]) -> Vec<Vec<Vec<u8>>> {
    let mut decoder = Decoder::default();
    let mut found = Vec::new();
    let mut start = 0;
    for &end in cuts.iter().chain([&stream.len()]) {
        decoder.feed(&stream[start..end]);
        start = end;
        while let Some(sentence) = decoder.next_sentence().expect("well-formed") {
            found.push(sentence.words().map(<[u8]>::to_vec).collect());
        }
    }
    assert_eq!(decoder.pending(), 0);
    found
}

fn error_of(stream: &[u8], limits: Limits) -> Option<DecodeError> {
    let mut decoder = Decoder::new(limits);
    decoder.feed(stream);
    loop {
        match decoder.next_sentence() {
            Ok(Some(_)) => {}
            Ok(None) => return None,
            Err(error) => return Some(error),
        }
    }
}

fn reply(words: &[&[u8]]) -> Result<Reply, ProtocolError> {
    let mut decoder = Decoder::default();
    decoder.feed(&wire(words));
    Reply::parse(decoder.next_sentence().expect("well-formed").expect("whole"))
}

/// What replies are made of.
const PIECES: &[&[u8]] = &[
    b"!re",
    b"!done",
    b"!trap",
    b"!fatal",
    b"!empty",
    b"",
    b".tag=1",
    b"=name=ivan",
    b"=password=x",
    b"=message=\xff",
    b"=",
    b"==",
    b"=category=9",
    b"=.dead=yes",
    b"text",
];

proptest! {
    #[test]
    fn what_is_written_is_read_however_it_is_cut(
        sentences in vec(vec(vec(any::<u8>(), 1..300), 1..6), 0..5),
        cuts in vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut encoder = Encoder::new();
        let mut by_hand = Vec::new();
        for sentence in &sentences {
            encoder.sentence(sentence).expect("no empty word");
            by_hand.extend(wire(&sentence.iter().map(Vec::as_slice).collect::<Vec<_>>()));
        }
        let stream = encoder.take();
        prop_assert_eq!(&stream[..], &by_hand[..], "two encoders agree");
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        prop_assert_eq!(decode(&stream, &cuts), sentences);
    }

    #[test]
    fn any_bytes_are_survived(data in vec(any::<u8>(), 0..2_000)) {
        target::decode(&data);
    }

    /// Random bytes soon end in a control byte; these look like replies.
    #[test]
    fn anything_like_replies_is_survived(
        piece in any::<u8>(),
        words in vec(prop::sample::select(PIECES), 0..60),
        garbage in vec(any::<u8>(), 0..10),
    ) {
        let mut data = vec![piece];
        for word in words {
            data.push(word.len() as u8);
            data.extend_from_slice(word);
        }
        data.extend(garbage);
        target::decode(&data);
    }
}

#[test]
fn every_split_in_two_gives_the_same() {
    let long = vec![b'x'; 0x80];
    let mut stream = wire(&[b"!re", b".tag=1", b"=name=ivan", &long]);
    stream.extend([0, 0]);
    stream.extend(wire(&[b"!done", b".tag=1"]));
    let whole = decode(&stream, &[]);
    assert_eq!(whole.len(), 2, "empty sentences don't count");
    for cut in 0..=stream.len() {
        assert_eq!(decode(&stream, &[cut]), whole, "cut at {cut}");
    }
    assert_eq!(decode(&stream, &(0..stream.len()).collect::<Vec<_>>()), whole, "byte by byte");
}

#[test]
fn words_at_the_boundaries_of_the_length_forms_survive() {
    let limits = Limits { max_word: 1 << 23, max_sentence: 1 << 24, max_words: 4 };
    for len in [0x7F, 0x80, 0x3FFF, 0x4000, 0x1F_FFFF, 0x20_0000] {
        let word = vec![b'w'; len];
        let mut encoder = Encoder::new();
        encoder.sentence([&word]).expect("not empty");
        let mut decoder = Decoder::new(limits);
        decoder.feed(encoder.as_slice());
        let sentence = decoder.next_sentence().expect("within limits").expect("whole");
        assert_eq!(sentence.words().next().map(<[u8]>::len), Some(len));
    }
}

#[test]
fn longer_prefixes_than_needed_are_read() {
    let stream =
        [&b"\x80\x02ab\xc0\x00\x02cd\xe0\x00\x00\x02ef\xf0\x00\x00\x00\x02gh"[..], b"\x80\x00"].concat();
    assert_eq!(decode(&stream, &[]), [[b"ab".to_vec(), b"cd".to_vec(), b"ef".to_vec(), b"gh".to_vec()]]);
}

#[test]
fn reserved_control_bytes_end_it() {
    for byte in 0xF1..=0xFF {
        assert_eq!(
            error_of(&[3, b'!', b'r', b'e', byte], Limits::default()),
            Some(DecodeError::ControlByte(byte))
        );
    }
}

/// The largest announced lengths, by prefix only: refused at once, with nothing allocated.
#[test]
fn a_bogus_length_is_refused_by_its_prefix() {
    let limit = Limits::default().max_word;
    for (prefix, len) in [
        (&[0xF0, 0xFF, 0xFF, 0xFF, 0xFF][..], 0xFFFF_FFFF),
        (&[0xEF, 0xFF, 0xFF, 0xFF], 0x0FFF_FFFF),
        (&[0xD0, 0x00, 0x01], 0x10_0001),
    ] {
        assert_eq!(error_of(prefix, Limits::default()), Some(DecodeError::WordTooLong { len, limit }));
        let mut decoder = Decoder::default();
        decoder.feed(prefix);
        assert!(decoder.next_sentence().is_err());
        assert_eq!(decoder.pending(), 0);
        assert!(decoder.space().capacity() < 100_000);
    }
}

#[test]
fn sentences_are_bounded_in_bytes_and_words() {
    let limits = Limits { max_word: 100, max_sentence: 250, max_words: 3 };
    let (long, short) = ([b'x'; 100], [b'x'; 1]);
    assert_eq!(error_of(&wire(&[&long, &long]), limits), None);
    let too_long = DecodeError::SentenceTooLong { limit: 250 };
    assert_eq!(error_of(&wire(&[&long, &long, &long]), limits), Some(too_long));
    let too_many = DecodeError::TooManyWords { limit: 3 };
    assert_eq!(error_of(&wire(&[&short, &short, &short, &short]), limits), Some(too_many));
}

#[test]
fn empty_words_are_not_written() {
    assert_eq!(Encoder::new().word(b""), Err(EncodeError::EmptyWord));
    assert_eq!(Encoder::new().word_of(&[b"", b""]), Err(EncodeError::EmptyWord));
}

#[test]
fn the_tag_may_stand_anywhere_but_once() {
    for words in [
        [&b"!re"[..], b".tag=L2", b"=.id=*D3080A0A", b"=.dead=true"],
        [b"!re", b"=.id=*D3080A0A", b".tag=L2", b"=.dead=true"],
        [b"!re", b"=.id=*D3080A0A", b"=.dead=true", b".tag=L2"],
    ] {
        let reply = reply(&words).expect("one tag");
        assert_eq!((reply.kind(), reply.tag()), (Kind::Row, Some(&b"L2"[..])));
        let attrs: Vec<_> = reply.row().attrs().collect();
        assert_eq!(attrs, [(&b".id"[..], &b"*D3080A0A"[..]), (b".dead", b"true")]);
        assert!(reply.row().is_dead());
    }
    assert_eq!(reply(&[b"!re", b".tag=1", b".tag=1"]), Err(ProtocolError::DuplicateTag));
    assert!(
        matches!(reply(&[b"!what", b".tag=1"]), Err(ProtocolError::UnknownReply(word)) if word == "!what")
    );
}

#[test]
fn values_keep_their_bytes_and_equals_signs() {
    let reply =
        reply(&[b"!re", b"=comment=a=b=\xff\n", b"=empty=", b"=flag", b"=x==", b"odd"]).expect("a reply");
    let row = reply.row();
    assert_eq!(row.get("comment"), Some(&b"a=b=\xff\n"[..]));
    assert_eq!(
        (row.get("empty"), row.get("flag"), row.get("x")),
        (Some(&b""[..]), Some(&b""[..]), Some(&b"="[..]))
    );
    assert_eq!(row.get("none"), None);
    assert_eq!(row.extra().collect::<Vec<_>>(), [b"odd"]);
    assert_eq!(reply.tag(), None);
}

#[test]
fn the_text_of_a_fatal_is_bare_or_a_message() {
    let message = |words: &[&[u8]]| reply(words).expect("a reply").message().to_string();
    assert_eq!(message(&[b"!fatal", b"session terminated on request"]), "session terminated on request");
    assert_eq!(message(&[b"!fatal", b".tag=3", b"not logged in"]), "not logged in");
    assert_eq!(message(&[b"!fatal", b"=message=too many sessions"]), "too many sessions");
}

#[test]
fn traps_are_told_apart_by_their_beginning() {
    let trap = |message: &str| Trap { category: None, message: message.into() };
    assert!(trap("no such item (4)").is_no_such_item() && trap("no such item").is_no_such_item());
    assert!(trap("no such command prefix").is_no_such_command());
    assert!(trap("no such command or directory (x)").is_no_such_command());
    assert!(trap("failure: already have such entry").is_duplicate());
    assert!(trap("failure: secret with the same name already exists").is_duplicate());
    assert!(trap("std failure: not allowed (9)").is_not_permitted());
    assert!(trap("not enough permissions (9)").is_not_permitted());
    assert!(trap("failure: not allowed by device-mode").is_device_mode());
    assert!(!trap("failure: not allowed by device-mode").is_not_permitted());
    assert!(!trap("invalid user name or password (6)").is_no_such_item());
    assert_eq!([Category::from(2), Category::from(9)], [Category::Interrupted, Category::Other(9)]);
}

#[test]
fn nothing_that_is_shown_tells_a_secret() {
    let reply = reply(&[b"!re", b".tag=1", b"=name=ivan", b"=password=hunter2", b"=otp-secret=hunter2"])
        .expect("a reply");
    let shown = format!("{reply:?} {:?}", reply.row());
    assert!(!shown.contains("hunter2") && shown.contains("ivan"), "{shown}");
    assert_eq!(format!("{:?}", reply.row()), r#"{name: "ivan", password: [7 bytes], otp-secret: [7 bytes]}"#);
}
