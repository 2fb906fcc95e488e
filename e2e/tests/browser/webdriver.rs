//! As much of the WebDriver protocol as the tests need: JSON over HTTP with a driver on this machine.
//!
//! <https://www.w3.org/TR/webdriver2/>; what is ChromeDriver's own has `goog` or `se` in its path.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The key under which the protocol hands out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What the driver answers instead of a value.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The page is in motion: the element is not there yet, gone again, or something lies over it. Worth another try.
    NotNow(String),
    /// Anything else.
    Final(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::NotNow(text) | Self::Final(text)) = self;
        f.write_str(text)
    }
}

/// What the driver answers.
pub(crate) type Answer<T> = Result<T, Refusal>;

/// The errors that another moment may cure.
const PASSING: [&str; 5] = [
    "no such element",
    "stale element reference",
    "element click intercepted",
    "element not interactable",
    "javascript error",
];

/// How an element is looked for.
#[derive(Clone, Debug)]
pub(crate) enum By {
    /// A CSS selector.
    Css(String),
    /// An XPath expression.
    XPath(String),
}

impl From<&str> for By {
    fn from(selector: &str) -> Self {
        Self::Css(selector.to_owned())
    }
}

/// An element of the page that is open.
#[derive(Clone, Debug)]
pub(crate) struct Element(String);

/// A tab of the window.
#[derive(Debug)]
pub(crate) struct Tab(String);

/// A browser window, steered through its driver.
#[derive(Debug)]
pub(crate) struct Session {
    http: reqwest::Client,
    base: String,
}

impl Session {
    /// Opens a window. `driver` is the driver's address, `capabilities` what the browser shall be like.
    pub(crate) async fn open(driver: &str, capabilities: Value) -> Answer<Self> {
        let mut session = Self { http: reqwest::Client::new(), base: format!("{driver}/session") };
        let body = json!({"capabilities": {"alwaysMatch": capabilities}});
        let answer = session.post("", body).await?;
        let id = answer["sessionId"].as_str().ok_or_else(|| Refusal::Final(answer.to_string()))?;
        session.base = format!("{}/{id}", session.base);
        Ok(session)
    }

    /// Closes the window; the browser ends with it.
    pub(crate) async fn close(&self) -> Answer<()> {
        self.send(self.http.delete(&self.base)).await.map(drop)
    }

    /// Goes to an address and waits until the page is loaded.
    pub(crate) async fn goto(&self, address: &str) -> Answer<()> {
        self.post("/url", json!({"url": address})).await.map(drop)
    }

    /// Opens another tab and looks at it; gives the tab that was looked at before.
    pub(crate) async fn open_tab(&self) -> Answer<Tab> {
        let before = Tab(text(&self.get("/window").await?));
        let new = self.post("/window/new", json!({"type": "tab"})).await?;
        self.switch_to(&Tab(text(&new["handle"]))).await?;
        Ok(before)
    }

    /// Closes the tab that is looked at and goes back to another one.
    pub(crate) async fn close_tab(&self, back: &Tab) -> Answer<()> {
        self.send(self.http.delete(format!("{}/window", self.base))).await?;
        self.switch_to(back).await
    }

    async fn switch_to(&self, tab: &Tab) -> Answer<()> {
        self.post("/window", json!({"handle": tab.0})).await.map(drop)
    }

    /// The address that is open.
    pub(crate) async fn address(&self) -> Answer<String> {
        Ok(text(&self.get("/url").await?))
    }

    /// All elements that fit and are shown.
    pub(crate) async fn shown(&self, by: &By) -> Answer<Vec<Element>> {
        let (using, value) = match by {
            By::Css(selector) => ("css selector", selector),
            By::XPath(path) => ("xpath", path),
        };
        let found = self.post("/elements", json!({"using": using, "value": value})).await?;
        let mut shown = Vec::new();
        for element in found.as_array().into_iter().flatten() {
            let element = Element(text(&element[ELEMENT]));
            if self.get(&element.path("displayed")).await? == true {
                shown.push(element);
            }
        }
        Ok(shown)
    }

    /// Clicks in the middle of an element, after scrolling to it.
    pub(crate) async fn click(&self, element: &Element) -> Answer<()> {
        self.post(&element.path("click"), json!({})).await.map(drop)
    }

    /// Empties a field.
    pub(crate) async fn clear(&self, element: &Element) -> Answer<()> {
        self.post(&element.path("clear"), json!({})).await.map(drop)
    }

    /// Types into an element.
    pub(crate) async fn type_into(&self, element: &Element, words: &str) -> Answer<()> {
        self.post(&element.path("value"), json!({"text": words})).await.map(drop)
    }

    /// What a person reads in an element; lines and no-break spaces are spaces.
    pub(crate) async fn text(&self, element: &Element) -> Answer<String> {
        let words = text(&self.get(&element.path("text")).await?);
        Ok(words.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// A property such as `value` or `checked`.
    pub(crate) async fn property(&self, element: &Element, name: &str) -> Answer<Value> {
        self.get(&element.path(&format!("property/{name}"))).await
    }

    /// Whether a control can be used.
    pub(crate) async fn is_enabled(&self, element: &Element) -> Answer<bool> {
        Ok(self.get(&element.path("enabled")).await? == true)
    }

    /// Runs a function's body in the page; `arguments` are its arguments, its value is the answer.
    pub(crate) async fn run(&self, body: &str, arguments: Value) -> Answer<Value> {
        self.post("/execute/sync", json!({"script": body, "args": arguments})).await
    }

    /// Runs a function's body in the page that calls its last argument when it has the answer.
    pub(crate) async fn run_async(&self, body: &str, arguments: Value) -> Answer<Value> {
        self.post("/execute/async", json!({"script": body, "args": arguments})).await
    }

    /// A picture of what is shown, as PNG.
    pub(crate) async fn picture(&self) -> Answer<Vec<u8>> {
        let encoded = text(&self.get("/screenshot").await?);
        BASE64_STANDARD.decode(encoded).map_err(|error| Refusal::Final(error.to_string()))
    }

    /// Calls the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Answer<Value> {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// What the browser noted about the page since it was asked last: errors, warnings, violated policies.
    pub(crate) async fn notes(&self) -> Answer<Vec<String>> {
        let notes = self.post("/se/log", json!({"type": "browser"})).await?;
        let line = |note: &Value| format!("{}: {}", text(&note["level"]), text(&note["message"]));
        Ok(notes.as_array().into_iter().flatten().map(line).collect())
    }

    async fn get(&self, path: &str) -> Answer<Value> {
        self.send(self.http.get(format!("{}{path}", self.base))).await
    }

    async fn post(&self, path: &str, body: Value) -> Answer<Value> {
        self.send(self.http.post(format!("{}{path}", self.base)).json(&body)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer<Value> {
        let failed = |error: reqwest::Error| Refusal::Final(format!("the driver does not answer: {error}"));
        let mut answer: Value = request.send().await.map_err(failed)?.json().await.map_err(failed)?;
        let value = answer["value"].take();
        let Some(kind) = value["error"].as_str() else { return Ok(value) };
        let first = value["message"].as_str().and_then(|message| message.lines().next());
        let told = format!("{kind}: {}", first.unwrap_or_default());
        Err(if PASSING.contains(&kind) { Refusal::NotNow(told) } else { Refusal::Final(told) })
    }
}

impl Element {
    fn path(&self, what: &str) -> String {
        format!("/element/{}/{what}", self.0)
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
