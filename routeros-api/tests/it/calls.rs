//! Commands and their answers, in all the orders that routers have.

use std::time::Duration;

use routeros_api::{Category, CloseReason, Command, ConnectOptions, Error, Generation, Id};
use tokio::{sync::oneshot, time::Instant};

use crate::fake::{play, router};

fn print(name: &str) -> Command {
    Command::new("/ppp/active/print").attr("comment", name)
}

fn names(response: &routeros_api::Response) -> Vec<String> {
    response.rows.iter().filter_map(|row| row.text("name")).map(|name| name.to_string()).collect()
}

#[tokio::test]
async fn answers_find_their_command_in_any_order() {
    let (connection, router) = router(|mut peer| async move {
        let (a, b) = (peer.hear().await, peer.hear().await);
        let (a, b) = if a.has("=comment=a") { (a, b) } else { (b, a) };
        peer.say("!re", &b.tag, &["=name=b1"]).await;
        peer.say("!re", &a.tag, &["=name=a1"]).await;
        // The manual's order: the tag at the end.
        let last = format!(".tag={}", b.tag);
        peer.raw(&crate::fake::wire(&[b"!re", b"=name=b2", last.as_bytes()])).await;
        peer.say("!re", "4711", &["=name=nobody's"]).await;
        peer.done(&b.tag).await;
        peer.say("!re", &a.tag, &["=name=a2"]).await;
        peer.done(&a.tag).await;
    });
    let (a, b) = tokio::join!(connection.call(print("a")), connection.call(print("b")));
    assert_eq!(names(&a.expect("answered")), ["a1", "a2"]);
    assert_eq!(names(&b.expect("answered")), ["b1", "b2"]);
    router.await.expect("the story ends");
}

#[tokio::test]
async fn ret_is_handed_on() {
    let (connection, _router) = router(|mut peer| async move {
        let add = peer.expect("/ip/firewall/address-list/add").await;
        peer.raw(&crate::fake::wire(&[b"!done", b"=ret=*3C", format!(".tag={}", add.tag).as_bytes()])).await;
    });
    let response = connection.call(Command::new("/ip/firewall/address-list/add")).await.expect("added");
    assert_eq!(response.ret.as_deref(), Some(&b"*3C"[..]));
}

#[tokio::test]
async fn a_trap_is_told_with_its_bytes_and_the_connection_goes_on() {
    let (connection, _router) = router(|mut peer| async move {
        let first = peer.hear().await;
        let tag = format!(".tag={}", first.tag);
        peer.raw(&crate::fake::wire(&[b"!trap", tag.as_bytes(), b"=category=9", b"=message=\xed\xe5\xf2"]))
            .await;
        peer.done(&first.tag).await;
        let second = peer.hear().await;
        peer.done(&second.tag).await;
    });
    let error = connection.call(print("a")).await.expect_err("refused");
    let trap = error.trap().expect("a trap");
    assert_eq!((trap.category, trap.message.as_bytes()), (Some(Category::Other(9)), &b"\xed\xe5\xf2"[..]));
    assert_eq!(trap.message.to_string(), "нет");
    assert!(error.was_sent() && !error.is_ambiguous());
    connection.call(print("b")).await.expect("goes on");
    assert_eq!(connection.orphans(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_trap_without_done_is_told_after_two_seconds_and_its_tag_stays_reserved() {
    let (late, is_late) = oneshot::channel();
    let (connection, _router) = router(|mut peer| async move {
        let first = peer.hear().await;
        peer.say("!trap", &first.tag, &["=message=no such item"]).await;
        is_late.await.expect("told");
        peer.say("!re", &first.tag, &["=name=late"]).await;
        peer.done(&first.tag).await;
        let second = peer.hear().await;
        assert_ne!(second.tag, first.tag);
        peer.done(&second.tag).await;
    });
    let started = Instant::now();
    let error = connection.call(print("a")).await.expect_err("refused");
    assert!(error.trap().is_some_and(routeros_api::Trap::is_no_such_item));
    assert_eq!(started.elapsed().as_secs(), 2);
    assert_eq!(connection.orphans(), 1);
    late.send(()).expect("the router waits");
    assert!(connection.call(print("b")).await.expect("goes on").rows.is_empty());
    assert_eq!(connection.orphans(), 0, "the late done frees the tag");
}

#[tokio::test(start_paused = true)]
async fn empty_is_no_end_but_its_done_may_be_missing() {
    let (connection, _router) = router(|mut peer| async move {
        let first = peer.hear().await;
        peer.say("!empty", &first.tag, &[]).await;
        peer.say("!done", &first.tag, &["=ret=x"]).await;
        let second = peer.hear().await;
        peer.say("!empty", &second.tag, &[]).await;
        std::future::pending::<()>().await;
    });
    let first = connection.call(print("a")).await.expect("answered");
    assert_eq!(first.ret.as_deref(), Some(&b"x"[..]), "the done was awaited");
    let started = Instant::now();
    assert!(connection.call(print("b")).await.expect("no rows").rows.is_empty());
    assert_eq!(started.elapsed().as_secs(), 1);
    assert_eq!(connection.orphans(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_router_that_hangs_is_told_apart_and_asked_to_stop_reading() {
    let (connection, router) = router(|mut peer| async move {
        let first = peer.hear().await;
        let cancel = peer.expect("/cancel").await;
        assert!(cancel.has(&format!("=tag={}", first.tag)));
        let second = peer.expect("/ppp/active/remove").await;
        let third = peer.hear().await;
        assert_eq!(third.path(), "/ppp/active/print", "a write is never cancelled");
        peer.say("!trap", &first.tag, &["=category=2", "=message=interrupted"]).await;
        peer.done(&cancel.tag).await;
        peer.done(&first.tag).await;
        peer.done(&second.tag).await;
        peer.done(&third.tag).await;
    });
    let timeout = Duration::from_secs(5);
    let error = connection.call(print("a").timeout(timeout)).await.expect_err("hangs");
    assert!(matches!(error, Error::Timeout { sent: true, after } if after == timeout), "{error:?}");
    assert!(error.is_ambiguous());
    let id = Id::new(connection.generation(), "*8");
    let remove = Command::new("/ppp/active/remove").id(&id).timeout(timeout);
    assert!(connection.call(remove).await.expect_err("hangs").is_ambiguous());
    connection.call(print("b")).await.expect("goes on");
    router.await.expect("the story ends");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_never_sent_and_a_stalled_write_stalls_no_reads() {
    // A socket that takes 64 kB, and a router that reads nothing after the first command.
    let (go, is_go) = oneshot::channel::<()>();
    let (hears, has_heard) = oneshot::channel::<()>();
    let options = ConnectOptions {
        max_in_flight: 100,
        queue: 2,
        write_timeout: Duration::from_secs(60),
        ..ConnectOptions::default()
    };
    let (connection, router) = play(options, |mut peer| async move {
        let first = peer.hear().await;
        hears.send(()).expect("somebody waits");
        is_go.await.expect("told");
        peer.say("!re", &first.tag, &["=name=ivan"]).await;
        peer.done(&first.tag).await;
        let mut comments = Vec::new();
        while let Some(heard) = peer.try_hear().await {
            comments.push(heard.words[1].as_bytes()[9]);
        }
        assert_eq!(comments.len(), 4, "three were written or under way, then came the close");
    });
    let first = tokio::spawn({
        let connection = connection.clone();
        async move { connection.call(print("first").timeout(Duration::from_secs(50))).await }
    });
    has_heard.await.expect("it arrives");
    let big = |mark: char| {
        let comment: String = std::iter::repeat_n(mark, 15_000).collect();
        let connection = connection.clone();
        let command =
            Command::new("/system/script/set").attr("source", comment).timeout(Duration::from_secs(10));
        tokio::spawn(async move { connection.call(command).await.expect_err("stalls").was_sent() })
    };
    let marks = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    let calls: Vec<_> = marks.into_iter().map(big).collect();
    let mut sent = 0;
    for call in calls {
        sent += usize::from(call.await.expect("runs"));
    }
    assert!((4..10).contains(&sent), "{sent} of ten were on their way");
    go.send(()).expect("the router waits");
    let response = first.await.expect("runs").expect("answers are read although writes are stalled");
    assert_eq!(names(&response), ["ivan"]);
    connection.close();
    drop(router);
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_takes_nothing_is_given_up() {
    let (connection, _router) = router(|peer| async move {
        let _open = peer;
        std::future::pending::<()>().await;
    });
    let source = "x".repeat(50_000);
    let call =
        || connection.call(Command::new("/a").attr("source", &source).timeout(Duration::from_secs(40)));
    let (first, second) = tokio::join!(call(), call());
    for error in [first.expect_err("stalls"), second.expect_err("stalls")] {
        assert!(
            matches!(error, Error::Closed { sent: true, reason: CloseReason::WriteStalled }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_fatal_has_bare_words_and_ends_the_connection() {
    let (connection, _router) = router(|mut peer| async move {
        peer.hear().await;
        peer.raw(&crate::fake::wire(&[b"!fatal", b"session terminated on request"])).await;
    });
    let error = connection.call(print("a")).await.expect_err("closed");
    assert!(
        matches!(&error, Error::Fatal { message, sent: true } if *message == "session terminated on request")
    );
    assert!(matches!(connection.closed().await, CloseReason::Fatal(_)));
    let error = connection.call(print("b")).await.expect_err("closed");
    assert!(matches!(&error, Error::Fatal { sent: false, .. }) && !error.was_sent(), "{error:?}");
}

#[tokio::test]
async fn half_a_sentence_and_the_end_is_told() {
    let (connection, _router) = router(|mut peer| async move {
        peer.hear().await;
        peer.raw(b"\x03!re\x20=name").await;
    });
    let error = connection.call(print("a")).await.expect_err("closed");
    let Error::Closed { sent: true, reason: CloseReason::Eof { mid_sentence: true } } = error else {
        panic!("{error:?}");
    };
}

#[tokio::test]
async fn rows_beyond_the_limit_are_refused_and_the_print_is_cancelled() {
    let (connection, router) = router(|mut peer| async move {
        let first = peer.hear().await;
        for _ in 0..3 {
            peer.say("!re", &first.tag, &["=name=x"]).await;
        }
        let cancel = peer.expect("/cancel").await;
        assert!(cancel.has(&format!("=tag={}", first.tag)));
        peer.say("!trap", &first.tag, &["=category=2", "=message=interrupted"]).await;
        peer.done(&cancel.tag).await;
        peer.done(&first.tag).await;
        let second = peer.hear().await;
        peer.say("!re", &second.tag, &["=name=x"]).await;
        peer.say("!re", &second.tag, &["=name=y"]).await;
        peer.done(&second.tag).await;
    });
    let error = connection.call(print("a").row_limit(2)).await.expect_err("too much");
    assert!(matches!(error, Error::TooMuch { rows: 2, .. }));
    assert_eq!(connection.call(print("b").row_limit(2)).await.expect("fits").rows.len(), 2);
    assert_eq!(connection.orphans(), 0);
    router.await.expect("the story ends");
}

#[tokio::test]
async fn a_dropped_call_is_cancelled_and_its_answer_is_nobody_elses() {
    let (heard, is_heard) = oneshot::channel();
    let (connection, router) = router(|mut peer| async move {
        let first = peer.hear().await;
        heard.send(()).expect("the caller waits");
        peer.say("!re", &first.tag, &["=name=dropped"]).await;
        let cancel = peer.expect("/cancel").await;
        let second = peer.hear().await;
        peer.say("!re", &first.tag, &["=name=dropped"]).await;
        peer.done(&first.tag).await;
        peer.done(&cancel.tag).await;
        peer.say("!re", &second.tag, &["=name=b"]).await;
        peer.done(&second.tag).await;
    });
    tokio::select! {
        response = connection.call(print("a")) => panic!("{response:?}"),
        heard = is_heard => heard.expect("the router tells"),
    }
    assert_eq!(names(&connection.call(print("b")).await.expect("answered")), ["b"]);
    router.await.expect("the story ends");
}

#[tokio::test(start_paused = true)]
async fn a_router_on_which_everything_hangs_is_given_up() {
    let options = ConnectOptions { max_orphans: 3, ..ConnectOptions::default() };
    let (connection, _router) =
        play(options, |mut peer| async move { while peer.try_hear().await.is_some() {} });
    for _ in 0..4 {
        let set = Command::new("/ppp/secret/set").timeout(Duration::from_secs(1));
        assert!(connection.call(set).await.is_err());
    }
    assert!(matches!(connection.closed().await, CloseReason::TooManyOrphans));
}

#[tokio::test]
async fn an_id_of_another_connection_is_refused_before_anything_is_sent() {
    let (connection, router) = router(|mut peer| async move {
        assert!(peer.try_hear().await.is_none(), "nothing was sent");
    });
    let stale = Id::new(Generation::fresh(), "*8");
    let error = connection.call(Command::new("/ppp/active/remove").id(&stale)).await.expect_err("stale");
    assert!(matches!(error, Error::StaleId { .. }) && !error.was_sent());
    assert!(connection.call(Command::new("/ppp/active/remove").ids(&[])).await.is_err());
    drop(connection);
    router.await.expect("the story ends");
}

#[tokio::test]
async fn the_last_handle_closes_the_connection() {
    let (connection, router) = router(|mut peer| async move { assert!(peer.try_hear().await.is_none()) });
    let second = connection.clone();
    drop(connection);
    assert!(second.close_reason().is_none());
    drop(second);
    router.await.expect("the router sees the end");
}
