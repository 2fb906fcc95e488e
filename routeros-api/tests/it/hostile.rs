//! Peers that aren't routers.

use routeros_api::{CloseReason, Command, Error, ProtocolError, codec::DecodeError};
use tokio::io::AsyncWriteExt;

use crate::fake::{router, wire};

async fn error_after(bytes: &'static [u8]) -> Error {
    let (connection, _router) = router(|mut peer| async move {
        peer.hear().await;
        peer.raw(bytes).await;
        std::future::pending::<()>().await;
    });
    let error = connection.call(Command::new("/system/identity/print")).await.expect_err("broken");
    assert!(matches!(connection.closed().await, CloseReason::Protocol(_)));
    error
}

/// "H" announces a word of 72 bytes, and no sentence ever ends: what remains is told as half a sentence.
#[tokio::test]
async fn a_web_server_is_no_router() {
    let (connection, _router) = router(|mut peer| async move {
        peer.hear().await;
        peer.raw(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    });
    let error = connection.call(Command::new("/system/identity/print")).await.expect_err("broken");
    assert!(
        matches!(error, Error::Closed { sent: true, reason: CloseReason::Eof { mid_sentence: true } }),
        "{error:?}"
    );
}

#[tokio::test]
async fn control_bytes_tags_given_twice_and_unknown_replies_end_it() {
    let error = error_after(b"\xf8\x00\x00").await;
    assert!(matches!(
        error,
        Error::Protocol { error: ProtocolError::Decode(DecodeError::ControlByte(0xF8)), sent: true }
    ));
    let error = error_after(b"\x05!done\x06.tag=1\x06.tag=1\x00").await;
    assert!(matches!(error, Error::Protocol { error: ProtocolError::DuplicateTag, .. }));
    let error = error_after(b"\x04!huh\x06.tag=1\x00").await;
    assert!(matches!(error, Error::Protocol { error: ProtocolError::UnknownReply(_), .. }));
}

/// One prefix that announces 4 GiB, and a peer that would send them: the connection ends at the prefix.
#[tokio::test]
async fn a_word_without_end_takes_no_memory() {
    let (connection, router) = router(|mut peer| async move {
        peer.hear().await;
        peer.raw(&[0xF0, 0xFF, 0xFF, 0xFF, 0xFF]).await;
        let piece = [b'x'; 4096];
        let mut taken = 0_usize;
        while peer.io.write_all(&piece).await.is_ok() {
            taken += piece.len();
        }
        assert!(taken <= 128 * 1024, "{taken} bytes were taken");
    });
    let error = connection.call(Command::new("/system/identity/print")).await.expect_err("broken");
    assert!(matches!(
        error,
        Error::Protocol {
            error: ProtocolError::Decode(DecodeError::WordTooLong { len: 0xFFFF_FFFF, .. }),
            ..
        }
    ));
    router.await.expect("the story ends");
}

#[tokio::test]
async fn untagged_and_unknown_replies_disturb_nobody() {
    let (connection, _router) = router(|mut peer| async move {
        let heard = peer.hear().await;
        peer.raw(&wire(&[b"!trap", b"=message=what"])).await;
        peer.raw(&wire(&[b"!done"])).await;
        peer.raw(&wire(&[b"!done", b".tag=not-a-number"])).await;
        peer.raw(&[0, 0, 0]).await;
        peer.say("!re", &heard.tag, &["=name=MikroTik"]).await;
        peer.done(&heard.tag).await;
    });
    let response = connection.call(Command::new("/system/identity/print")).await.expect("answered");
    assert_eq!(response.rows.len(), 1);
}
