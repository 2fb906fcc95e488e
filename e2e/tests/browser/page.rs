//! What a person does with a page: reads, clicks, types, waits. Buttons and links are found by what they are called,
//! fields by their name in the form.

use std::cell::Cell;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::webdriver::{Answer, By, Element, Refusal, Session};

/// How long anything is waited for. Only a backstop: whatever is waited for should be there in a second.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How often the page is asked. The protocol has no way to wait for something in the page, and what is waited for is of
/// many kinds, some of them not in the document at all (a control that can be clicked, a notice that the browser wrote):
/// an observer in the page would see a part of that, and would be gone with each page that is loaded anew.
const GLANCE: Duration = Duration::from_millis(25);

/// The open dialog, if there is one, else the whole page: what a person can reach.
const WITHIN_REACH: &str = "(//dialog[@open]|/*[not(.//dialog[@open])])";

/// How large the window is, and as what it shows itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Size {
    /// 1440 by 900.
    Desktop,
    /// 390 by 844, with touch.
    Phone,
}

/// A browser window with a person in front of it.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    window: &'a Session,
    /// The console's address, without a slash at the end.
    base: String,
    shots: PathBuf,
    taken: Cell<u32>,
}

impl<'a> Page<'a> {
    /// Pictures go to `shots`, which is emptied.
    pub(crate) fn new(window: &'a Session, base: String, shots: PathBuf) -> Self {
        let _ = fs::remove_dir_all(&shots);
        fs::create_dir_all(&shots).expect("a folder for the pictures");
        Self { window, base, shots, taken: Cell::new(0) }
    }

    /// The window itself.
    pub(crate) fn window(&self) -> &Session {
        self.window
    }

    /// Opens a page of the console by its address, which loads the console anew.
    pub(crate) async fn open(&self, path: &str) {
        self.visit(&format!("{}{path}", self.base)).await;
    }

    /// Opens any address.
    pub(crate) async fn visit(&self, address: &str) {
        self.window.goto(address).await.expect("the page loads");
    }

    /// Goes to a page of the console by its link, without loading anything anew, and waits for its heading.
    pub(crate) async fn go(&self, path: &str, heading: &str) {
        self.click(By::Css(format!("a[href='{path}']"))).await;
        self.reads("h1", heading).await;
    }

    /// Asks until there is an answer.
    ///
    /// # Panics
    /// When there is none in time, with a picture of the page and what it says.
    pub(crate) async fn until<T>(&self, what: &str, ask: impl AsyncFn() -> Answer<Option<T>>) -> T {
        let start = Instant::now();
        let mut last = String::new();
        while start.elapsed() < PATIENCE {
            match ask().await {
                Ok(Some(answer)) => return answer,
                Ok(None) => {}
                Err(Refusal::NotNow(why)) => last = why,
                Err(Refusal::Final(why)) => {
                    last = why;
                    break;
                }
            }
            tokio::time::sleep(GLANCE).await;
        }
        self.shot("failed").await;
        let shown = self.window.run("return document.body.innerText", json!([])).await;
        let notes = self.window.notes().await;
        let address = self.window.address().await;
        panic!(
            "waited in vain: {what} ({last})\nat {address:?}\nnotes: {notes:#?}\nthe page says: {shown:?}"
        );
    }

    /// The first element that fits, once it is shown.
    pub(crate) async fn see(&self, by: impl Into<By>) -> Element {
        let by = by.into();
        self.until(&format!("{by:?} is shown"), async || Ok(self.window.shown(&by).await?.into_iter().next()))
            .await
    }

    /// Returns once nothing that fits is shown any more.
    pub(crate) async fn gone(&self, by: impl Into<By>) {
        let by = by.into();
        self.until(&format!("{by:?} is gone"), async || {
            Ok(self.window.shown(&by).await?.is_empty().then_some(()))
        })
        .await;
    }

    /// What can be read in all that fits and is shown, once there is something.
    pub(crate) async fn text(&self, by: impl Into<By>) -> String {
        let by = by.into();
        self.until(&format!("{by:?} has a text"), async || {
            Some(self.texts(&by).await)
                .filter(|text| !matches!(text, Ok(text) if text.is_empty()))
                .transpose()
        })
        .await
    }

    /// Returns once `words` can be read in what fits.
    pub(crate) async fn reads(&self, by: impl Into<By>, words: &str) {
        let by = by.into();
        self.until(&format!("{by:?} reads {words:?}"), async || {
            Ok(self.texts(&by).await?.contains(words).then_some(()))
        })
        .await;
    }

    async fn texts(&self, by: &By) -> Answer<String> {
        let mut texts = Vec::new();
        for element in self.window.shown(by).await? {
            texts.push(self.window.text(&element).await?);
        }
        Ok(texts.join("\n"))
    }

    /// Clicks what a selector finds, once it can be clicked.
    pub(crate) async fn click(&self, by: impl Into<By>) {
        let by = by.into();
        self.until(&format!("{by:?} can be clicked"), async || {
            let Some(element) = self.window.shown(&by).await?.into_iter().next() else { return Ok(None) };
            if !self.window.is_enabled(&element).await? {
                return Ok(None);
            }
            self.window.click(&element).await.map(Some)
        })
        .await;
    }

    /// Presses the button, link or menu entry that is called so; in the dialog, if one is open.
    pub(crate) async fn press(&self, name: &str) {
        self.click(called(name)).await;
    }

    /// Fills a field of the form with this name, in the place of what is in it.
    pub(crate) async fn fill(&self, field: &str, words: &str) {
        let by = control(field);
        self.until(&format!("the field {field} takes {words:?}"), async || {
            let Some(element) = self.window.shown(&by).await?.into_iter().next() else { return Ok(None) };
            self.window.clear(&element).await?;
            self.window.type_into(&element, words).await?;
            Ok((self.window.property(&element, "value").await? == words).then_some(()))
        })
        .await;
    }

    /// Fills a length of time, in seconds.
    pub(crate) async fn fill_seconds(&self, field: &str, seconds: u32) {
        let unit =
            format!("{WITHIN_REACH}//input[@name='{field}']/following-sibling::select/option[@value='1']");
        self.click(By::XPath(unit)).await;
        self.fill(field, &seconds.to_string()).await;
    }

    /// Takes the choice of a list that has these words, once the list has it.
    pub(crate) async fn choose(&self, field: &str, words: &str) {
        let option = format!(
            "{WITHIN_REACH}//select[@name='{field}']/option[contains(normalize-space(.), '{words}')]"
        );
        self.click(By::XPath(option)).await;
    }

    /// Takes one of a few, by its title.
    pub(crate) async fn pick(&self, field: &str, title: &str) {
        let label = format!("{WITHIN_REACH}//label[input[@name='{field}']][b[normalize-space(.)='{title}']]");
        self.click(By::XPath(label)).await;
    }

    /// Leaves a mark that does not outlive the page as it is loaded now.
    pub(crate) async fn mark(&self) {
        self.window.run("window.notReloaded = true", json!([])).await.expect("a mark can be left");
    }

    /// Whether the page is still the one that was marked.
    pub(crate) async fn is_marked(&self) -> bool {
        self.window.run("return window.notReloaded === true", json!([])).await.is_ok_and(|mark| mark == true)
    }

    /// Makes the window as large as a device.
    pub(crate) async fn resize(&self, size: Size) {
        let (width, height, is_phone) = match size {
            Size::Desktop => (1440, 900, false),
            Size::Phone => (390, 844, true),
        };
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone});
        self.window
            .devtools("Emulation.setDeviceMetricsOverride", metrics)
            .await
            .expect("the window can be resized");
    }

    /// Puts the browser into a time zone.
    pub(crate) async fn live_in(&self, zone: &str) {
        let place = json!({"timezoneId": zone});
        self.window.devtools("Emulation.setTimezoneOverride", place).await.expect("the zone can be changed");
    }

    /// Whether anything has to be scrolled sideways to be seen.
    pub(crate) async fn is_too_wide(&self) -> bool {
        let script = "return document.documentElement.scrollWidth > document.documentElement.clientWidth";
        self.window.run(script, json!([])).await.expect("the width can be read") == true
    }

    /// How many pixels below the window's upper edge an element begins.
    pub(crate) async fn top_of(&self, selector: &str) -> f64 {
        let script = "return document.querySelector(arguments[0]).getBoundingClientRect().top";
        let top = self.window.run(script, json!([selector])).await.expect("the place can be read");
        top.as_f64().expect("a number")
    }

    /// Closes the notices at the edge, as they would by themselves.
    pub(crate) async fn clear_notices(&self) {
        let script = "document.querySelectorAll('.toasts button').forEach(button => button.click())";
        self.window.run(script, json!([])).await.expect("notices can be closed");
        self.gone(".toasts button").await;
    }

    /// Takes a picture of what is shown; the names are numbered in the order of the story.
    pub(crate) async fn shot(&self, name: &str) {
        let number = self.taken.get() + 1;
        self.taken.set(number);
        // Fonts and images are there, and what was changed last is drawn.
        let settled = "const done = arguments[0]; document.fonts.ready.then(() => \
                       requestAnimationFrame(() => requestAnimationFrame(() => done(null))));";
        let _ = self.window.run_async(settled, json!([])).await;
        let picture = self.window.picture().await.expect("a picture");
        fs::write(self.shots.join(format!("{number:02}-{name}.png")), picture).expect("the picture is kept");
    }

    /// What the browser complained about since it was asked last.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        self.window.notes().await.expect("the browser's notes can be read")
    }
}

/// Whatever can be pressed and has this name.
pub(crate) fn called(name: &str) -> By {
    By::XPath(format!(
        "{WITHIN_REACH}//*[self::button or self::a][@aria-label='{name}' or not(@aria-label) and normalize-space(.)='{name}']"
    ))
}

fn control(field: &str) -> By {
    By::XPath(format!("{WITHIN_REACH}//*[self::input or self::textarea][@name='{field}']"))
}

/// The row of a table in which these words can be read.
pub(crate) fn row(words: &str) -> By {
    By::XPath(format!("//tr[td[contains(., '{words}')]]"))
}
