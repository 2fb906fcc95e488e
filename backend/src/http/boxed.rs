//! `/box`: the page for a device whose tunnel waits. It is known by the address that the router gave to its tunnel;
//! where that is not certain, the page says nothing. Plain HTML without scripts, for whatever browser there is.

use super::{Shared, client::Client};
use crate::ops::{
    OpError,
    boxed::{self, Standing, Waiting},
    templates,
};
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use sallyport_shared::{
    language::Language,
    message::{Text, Texts},
};
use serde::Deserialize;

/// After so many seconds the page looks again by itself; a form that is being filled in is left alone.
const LOOK_AGAIN: u32 = 3;

const STYLE: &str = include_str!("boxed.css");

/// What the page is asked with.
#[derive(Deserialize)]
pub(super) struct Asked {
    /// What became of a code that was typed.
    said: Option<String>,
}

/// What is typed into the page.
#[derive(Deserialize)]
pub(super) struct Typed {
    code: String,
}

/// The page.
pub(super) async fn page(
    State(shared): State<Shared>,
    client: Client,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let language = language_of(&headers);
    let standing = match client.origin.address {
        Some(address) => boxed::look(&shared.app, address).await,
        None => Ok(Standing::Nothing),
    };
    match standing {
        Ok(standing) => {
            let texts = templates::texts_now(&shared.app, language).await;
            let html = render(&standing, &texts, language, asked.said.as_deref());
            (vary(), Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the captive page could not be made");
            let html =
                document(language, &paragraph(&Texts::of(language), "box-trouble", &[]), Some(LOOK_AGAIN));
            (StatusCode::SERVICE_UNAVAILABLE, vary(), Html(html)).into_response()
        }
    }
}

/// A one-time code was typed.
pub(super) async fn code(State(shared): State<Shared>, client: Client, Form(typed): Form<Typed>) -> Response {
    let Some(address) = client.origin.address.filter(|_| client.own_page) else {
        return Redirect::to("/box").into_response();
    };
    let said = match boxed::enter_code(&shared.app, address, &typed.code).await {
        Ok(()) => None,
        Err(OpError::RateLimited(_)) => Some("many"),
        Err(OpError::Invalid { .. }) => Some("wrong"),
        Err(OpError::Refused(_) | OpError::NotFound(_) | OpError::Forbidden(_)) => Some("late"),
        Err(error) => {
            tracing::error!(%error, "a one-time code could not be looked at");
            Some("trouble")
        }
    };
    let place = said.map_or_else(|| "/box".to_owned(), |said| format!("/box?said={said}"));
    Redirect::to(&place).into_response()
}

/// The page's style, as its security policy allows none within it.
pub(super) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")], STYLE)
        .into_response()
}

fn vary() -> [(header::HeaderName, &'static str); 1] {
    [(header::VARY, "accept-language")]
}

fn render(standing: &Standing, texts: &Texts, language: Language, said: Option<&str>) -> String {
    match standing {
        Standing::Nothing => document(language, &paragraph(texts, "box-nothing", &[]), None),
        Standing::Inside => {
            let mark = "<p class=\"mark ok\" aria-hidden=\"true\">✓</p>";
            document(language, &format!("{mark}{}", paragraph(texts, "box-inside", &[])), None)
        }
        Standing::Opening => document(language, &paragraph(texts, "box-opening", &[]), Some(LOOK_AGAIN)),
        Standing::Waiting(waiting) => {
            let body = waits(waiting, texts, said);
            document(language, &body, (!waiting.takes_code).then_some(LOOK_AGAIN))
        }
    }
}

fn waits(waiting: &Waiting, texts: &Texts, said: Option<&str>) -> String {
    let whose =
        [("account", Text::from(waiting.account.clone())), ("router", Text::from(waiting.router.clone()))];
    let mut body = paragraph(texts, "box-waits", &whose);
    if waiting.takes_code {
        if let Some(key) = said.and_then(words_of) {
            body.push_str(&format!("<p class=\"wrong\" role=\"alert\">{}</p>", texts.html(key, &[])));
        }
        body.push_str(&form(texts));
    } else if waiting.asked && waiting.unreachable {
        body.push_str(&paragraph(texts, "box-blocked", &[]));
    } else if waiting.telegram_out {
        body.push_str(&paragraph(texts, "box-silent", &[]));
        if waiting.delivered {
            body.push_str(&number(waiting, texts));
        }
    } else if waiting.number.is_some() {
        body.push_str(&number(waiting, texts));
    } else if waiting.asked {
        body.push_str(&paragraph(texts, "box-tap", &[]));
    } else {
        body.push_str(&paragraph(texts, "box-unasked", &[]));
    }
    if let Some(seconds) = waiting.seconds_left {
        let span = [("span", Text::from(texts.span(seconds)))];
        body.push_str(&format!("<p class=\"note\">{}</p>", texts.html("box-cut", &span)));
    }
    body
}

/// The number to be picked, if one is.
fn number(waiting: &Waiting, texts: &Texts) -> String {
    waiting.number.map_or_else(String::new, |number| {
        format!("{}<p class=\"number\">{number:02}</p>", paragraph(texts, "box-number", &[]))
    })
}

fn form(texts: &Texts) -> String {
    format!(
        "<form method=\"post\" action=\"/box\"><p><label for=\"code\">{}</label></p>\
         <p><input id=\"code\" name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\" \
         pattern=\"[0-9 ]*\" maxlength=\"8\" required autofocus></p>\
         <p><button type=\"submit\">{}</button></p></form>",
        texts.html("box-code", &[]),
        texts.html("box-code-send", &[]),
    )
}

fn words_of(said: &str) -> Option<&'static str> {
    match said {
        "wrong" => Some("box-code-wrong"),
        "many" => Some("box-code-many"),
        "late" => Some("box-code-late"),
        "trouble" => Some("box-trouble"),
        _ => None,
    }
}

fn paragraph(texts: &Texts, key: &str, arguments: &[(&str, Text)]) -> String {
    format!("<p>{}</p>", texts.html(key, arguments))
}

fn document(language: Language, body: &str, look_again: Option<u32>) -> String {
    let again = look_again.map_or_else(String::new, |seconds| {
        format!("<meta http-equiv=\"refresh\" content=\"{seconds};url=/box\">")
    });
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\">{again}\
         <title>Sallyport</title><link rel=\"stylesheet\" href=\"/box/style.css\"></head>\
         <body><main><h1>Sallyport</h1>{body}</main></body></html>",
        language.tag(),
    )
}

/// The language that the browser prefers; English if it names none of ours.
fn language_of(headers: &HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut best = (0.0, Language::En);
    for part in wanted.split(',') {
        let mut pieces = part.split(';');
        let tag = pieces.next().unwrap_or("").trim().to_lowercase();
        let weight = pieces
            .find_map(|piece| piece.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()))
            .unwrap_or(1.0);
        let primary = tag.split('-').next().unwrap_or("");
        let known = Language::ALL.into_iter().find(|language| language.tag() == primary);
        if let Some(language) = known
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_browsers_language_counts() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(text));
            language_of(&headers)
        };
        assert_eq!(of("ru-RU,ru;q=0.9,en;q=0.8"), Language::Ru);
        assert_eq!(of("en-GB,en;q=0.9,ru;q=0.8"), Language::En);
        assert_eq!(of("de, ru;q=0.3"), Language::Ru);
        assert_eq!(of("de"), Language::En);
        assert_eq!(of(";;q=x,,"), Language::En);
        assert_eq!(language_of(&HeaderMap::new()), Language::En);
    }

    fn waiting() -> Waiting {
        Waiting {
            account: "анна <b>".to_owned(),
            router: "hq & gw".to_owned(),
            number: Some(47),
            asked: true,
            delivered: true,
            telegram_out: false,
            unreachable: false,
            takes_code: false,
            seconds_left: Some(60),
        }
    }

    #[test]
    fn names_are_shown_not_obeyed_and_nothing_is_a_script() {
        for language in Language::ALL {
            let html =
                render(&Standing::Waiting(waiting()), &Texts::of(language), language, Some("<script>"));
            assert!(html.contains("анна &lt;b&gt;") && html.contains("hq &amp; gw"), "{html}");
            assert!(html.contains("<p class=\"number\">47</p>"));
            assert!(!html.contains("<script") && !html.contains("style="), "{html}");
            assert!(html.contains("http-equiv=\"refresh\""));
        }
    }

    #[test]
    fn a_form_is_not_taken_away_while_it_is_filled_in() {
        let waiting = Waiting { takes_code: true, number: None, ..waiting() };
        let texts = Texts::of(Language::En);
        let html = render(&Standing::Waiting(waiting), &texts, Language::En, Some("wrong"));
        assert!(html.contains("<form method=\"post\"") && html.contains("role=\"alert\""));
        assert!(!html.contains("http-equiv"));
    }
}
