//! `/box`: the page for a device whose tunnel waits. It is known by the address that the router gave to its tunnel;
//! where that is not certain, the page shows no number and says why. `/box/<mark>` names the router as well, as several may
//! give out the same addresses. Plain HTML without scripts, for whatever browser there is.

use super::{Shared, client::Client};
use crate::ops::{
    OpError,
    boxed::{self, Doubt, Standing, Waiting},
    templates,
};
use axum::{
    Form,
    extract::{Path, Query, State},
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

/// What the page's address says of the router; whatever is no mark says nothing.
type Marked = Option<Path<String>>;

fn mark_of(marked: Marked) -> Option<String> {
    marked.map(|Path(mark)| mark.to_ascii_lowercase()).filter(|mark| boxed::is_mark(mark))
}

/// The page's own address.
fn place(mark: Option<&str>) -> String {
    mark.map_or_else(|| "/box".to_owned(), |mark| format!("/box/{mark}"))
}

/// The page.
pub(super) async fn page(
    State(shared): State<Shared>,
    client: Client,
    marked: Marked,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    let language = language_of(&headers);
    let mark = mark_of(marked);
    let place = place(mark.as_deref());
    let standing = match client.origin.address {
        Some(address) => boxed::look(&shared.app, address, mark.as_deref()).await,
        None => Ok(Standing::Nothing),
    };
    match standing {
        Ok(standing) => {
            let texts = templates::texts_now(&shared.app, language).await;
            let page = Page { texts: &texts, language, place: &place };
            (vary(), Html(page.render(&standing, asked.said.as_deref()))).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the captive page could not be made");
            let texts = Texts::of(language);
            let page = Page { texts: &texts, language, place: &place };
            let html = page.document(&page.paragraph("box-trouble", &[]), Some(LOOK_AGAIN));
            (StatusCode::SERVICE_UNAVAILABLE, vary(), Html(html)).into_response()
        }
    }
}

/// A one-time code was typed.
pub(super) async fn code(
    State(shared): State<Shared>,
    client: Client,
    marked: Marked,
    Form(typed): Form<Typed>,
) -> Response {
    let mark = mark_of(marked);
    let place = place(mark.as_deref());
    let Some(address) = client.origin.address.filter(|_| client.own_page) else {
        return Redirect::to(&place).into_response();
    };
    let said = match boxed::enter_code(&shared.app, address, mark.as_deref(), &typed.code).await {
        Ok(()) => None,
        Err(OpError::RateLimited(_)) => Some("many"),
        Err(OpError::Invalid { .. }) => Some("wrong"),
        Err(OpError::Refused(_) | OpError::NotFound(_) | OpError::Forbidden(_)) => Some("late"),
        Err(error) => {
            tracing::error!(%error, "a one-time code could not be looked at");
            Some("trouble")
        }
    };
    let place = said.map_or_else(|| place.clone(), |said| format!("{place}?said={said}"));
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

/// What a page is made of.
struct Page<'a> {
    texts: &'a Texts,
    language: Language,
    /// Its own address.
    place: &'a str,
}

impl Page<'_> {
    fn render(&self, standing: &Standing, said: Option<&str>) -> String {
        match standing {
            Standing::Nothing => self.document(&self.paragraph("box-nothing", &[]), None),
            Standing::Unsure { doubt, telegram_out } => {
                let (key, in_outage) = match doubt {
                    Doubt::Several => ("box-several", "box-several-silent"),
                    Doubt::Own => ("box-several-own", "box-silent"),
                };
                let mut body = self.paragraph(key, &[]);
                if *telegram_out {
                    body.push_str(&self.paragraph(in_outage, &[]));
                }
                self.document(&body, Some(LOOK_AGAIN))
            }
            Standing::Inside => {
                let mark = "<p class=\"mark ok\" aria-hidden=\"true\">✓</p>";
                self.document(&format!("{mark}{}", self.paragraph("box-inside", &[])), None)
            }
            Standing::Opening => self.document(&self.paragraph("box-opening", &[]), Some(LOOK_AGAIN)),
            Standing::Waiting(waiting) => {
                self.document(&self.waits(waiting, said), (!waiting.takes_code).then_some(LOOK_AGAIN))
            }
        }
    }

    fn waits(&self, waiting: &Waiting, said: Option<&str>) -> String {
        let whose = [
            ("account", Text::from(waiting.account.clone())),
            ("router", Text::from(waiting.router.clone())),
        ];
        let mut body = self.paragraph("box-waits", &whose);
        if waiting.takes_code {
            if let Some(key) = said.and_then(words_of) {
                let words = self.texts.html(key, &[]);
                body.push_str(&format!("<p class=\"wrong\" role=\"alert\">{words}</p>"));
            }
            body.push_str(&self.form());
        } else if waiting.asked && waiting.unreachable {
            body.push_str(&self.paragraph("box-blocked", &[]));
        } else if waiting.telegram_out {
            body.push_str(&self.paragraph("box-silent", &[]));
            if waiting.delivered {
                body.push_str(&self.number(waiting));
            }
        } else if waiting.number.is_some() {
            body.push_str(&self.number(waiting));
        } else if waiting.asked {
            body.push_str(&self.paragraph("box-tap", &[]));
        } else {
            body.push_str(&self.paragraph("box-unasked", &[]));
        }
        if let Some(seconds) = waiting.seconds_left {
            let span = [("span", Text::from(self.texts.span(seconds)))];
            body.push_str(&format!("<p class=\"note\">{}</p>", self.texts.html("box-cut", &span)));
        }
        body
    }

    /// The number to be picked, if one is.
    fn number(&self, waiting: &Waiting) -> String {
        waiting.number.map_or_else(String::new, |number| {
            format!("{}<p class=\"number\">{number:02}</p>", self.paragraph("box-number", &[]))
        })
    }

    fn form(&self) -> String {
        format!(
            "<form method=\"post\" action=\"{}\"><p><label for=\"code\">{}</label></p>\
             <p><input id=\"code\" name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\" \
             pattern=\"[0-9 ]*\" maxlength=\"8\" required autofocus></p>\
             <p><button type=\"submit\">{}</button></p></form>",
            self.place,
            self.texts.html("box-code", &[]),
            self.texts.html("box-code-send", &[]),
        )
    }

    fn paragraph(&self, key: &str, arguments: &[(&str, Text)]) -> String {
        format!("<p>{}</p>", self.texts.html(key, arguments))
    }

    fn document(&self, body: &str, look_again: Option<u32>) -> String {
        let again = look_again.map_or_else(String::new, |seconds| {
            format!("<meta http-equiv=\"refresh\" content=\"{seconds};url={}\">", self.place)
        });
        format!(
            "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" content=\"light dark\">{again}\
             <title>Sallyport</title><link rel=\"stylesheet\" href=\"/box/style.css\"></head>\
             <body><main><h1>Sallyport</h1>{body}</main></body></html>",
            self.language.tag(),
        )
    }
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
            let texts = Texts::of(language);
            let page = Page { texts: &texts, language, place: "/box" };
            let html = page.render(&Standing::Waiting(waiting()), Some("<script>"));
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
        let page = Page { texts: &texts, language: Language::En, place: "/box/0a1b" };
        let html = page.render(&Standing::Waiting(waiting), Some("wrong"));
        assert!(
            html.contains("<form method=\"post\" action=\"/box/0a1b\"") && html.contains("role=\"alert\"")
        );
        assert!(!html.contains("http-equiv"));
    }
}
