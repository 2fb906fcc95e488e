//! What the bot says, in the administrator's own words: the texts, what can be put into them, and how one arrives.
//! Whether a text can be told is the server's to say; it is asked while somebody types.

use leptos::prelude::*;

use crate::api::live::sleep;
use crate::api::ops::{Messages, PreviewMessage, SetMessage, messages, preview_message, set_message};
use crate::api::types::{Language, MessageTemplate, Templates};
use crate::api::use_api;
use crate::parts::act::Act;
use crate::parts::confirm::error_line;
use crate::parts::field::TextField;
use crate::parts::icon::icon;
use crate::parts::page::{PageHead, card};
use crate::parts::query::{Url, use_url};
use crate::parts::remote::{Remote, use_remote};
use crate::parts::states::empty;
use crate::parts::table::Segments;
use crate::parts::toast::use_toasts;
use crate::prefs::use_prefs;
use crate::t;

/// A pause in typing before the server is asked what it thinks of it, in milliseconds.
const PAUSE_MS: u32 = 250;

/// A text of Telegram's HTML as plain pieces, each bold or not.
fn pieces(html: &str) -> Vec<(String, bool)> {
    let (mut pieces, mut bold) = (Vec::new(), false);
    for (at, part) in html.split('<').enumerate() {
        let text = match part.split_once('>').filter(|_| at > 0) {
            Some((tag, text)) => {
                bold = match tag {
                    "b" | "strong" => true,
                    "/b" | "/strong" => false,
                    _ => bold,
                };
                text
            }
            None => part,
        };
        if !text.is_empty() {
            let text =
                text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            pieces.push((text, bold));
        }
    }
    pieces
}

/// The page.
#[component]
pub fn MessagesPage() -> AnyView {
    let (api, url, prefs) = (use_api(), use_url(), use_prefs());
    let remote = use_remote(move || api.call::<Messages, _>(messages::Variables));
    let choices = Signal::derive(move || {
        let first = prefs.language.get_untracked();
        let other = if first == Language::Ru { Language::En } else { Language::Ru };
        vec![("", first.label().text(), None), (name(other), other.label().text(), None)]
    });
    view! {
        <PageHead
            title=Signal::derive(|| t!("messages-title"))
            crumb=Some(("/settings".to_owned(), t!("nav-settings")))
        />
        <div class="tools"><Segments name="lang" label=t!("field-language") choices=choices /></div>
        {remote.show(8, move |templates| page(templates, remote, url))}
    }
    .into_any()
}

/// A language in the URL.
fn name(language: Language) -> &'static str {
    if language == Language::Ru { "ru" } else { "en" }
}

fn page(templates: Templates, remote: Remote<Templates>, url: Url) -> AnyView {
    let own = use_prefs().language.get_untracked();
    let all = StoredValue::new(templates.messages);
    (move || {
        let wanted = url.get("lang");
        let is_wanted = |language: &Language| wanted.as_deref() == Some(name(*language));
        let language = Language::ALL.iter().copied().find(is_wanted).unwrap_or(own);
        let here: Vec<MessageTemplate> = all
            .with_value(|all| all.iter().filter(|template| template.language == language).cloned().collect());
        let key = url.get("key");
        let chosen = here.iter().find(|template| Some(&template.key) == key.as_ref()).or(here.first());
        let Some(chosen) = chosen.cloned() else {
            return empty("plane", t!("messages-none"), t!("messages-none-about"), None);
        };
        view! { <div class="messages">{list(&here, &chosen, url)} {editor(chosen, remote)}</div> }.into_any()
    })
    .into_any()
}

fn list(here: &[MessageTemplate], chosen: &MessageTemplate, url: Url) -> AnyView {
    let item = |template: &MessageTemplate| {
        let key = template.key.clone();
        let current = (template.key == chosen.key).then_some("true");
        view! {
            <li>
                <button type="button" aria-current=current on:click=move |_| url.push(&[("key", Some(&key))])>
                    <span class="mono">{template.key.clone()}</span>
                    {template.custom.then(|| view! { <small>{t!("messages-own")}</small> })}
                </button>
            </li>
        }
    };
    let items = here.iter().map(item).collect_view();
    card(t!("messages-list"), ().into_any(), view! { <ul class="picklist">{items}</ul> }.into_any())
}

/// What the server makes of the text as it stands: how it arrives, and what is wrong with it.
fn previewed(
    template: &MessageTemplate,
    text: RwSignal<String>,
) -> (RwSignal<String>, RwSignal<Option<String>>) {
    let api = use_api();
    let (arrives, wrong) = (RwSignal::new(template.preview.clone()), RwSignal::new(None));
    let (key, language) = (template.key.clone(), template.language);
    let turn = StoredValue::new(0_u32);
    Effect::new(move |before: Option<()>| {
        let text = text.get();
        if before.is_none() {
            return;
        }
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        let variables = preview_message::Variables { key: key.clone(), language, text };
        leptos::task::spawn_local(async move {
            sleep(PAUSE_MS).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            let outcome = api.call::<PreviewMessage, _>(variables).await;
            if turn.try_get_value() != Some(mine) {
                return;
            }
            match outcome {
                Ok(html) => {
                    wrong.set(None);
                    arrives.set(html);
                }
                Err(error) => wrong.set(Some(error.text())),
            }
        });
    });
    (arrives, wrong)
}

fn editor(template: MessageTemplate, remote: Remote<Templates>) -> AnyView {
    let (api, act, toasts) = (use_api(), Act::new(), use_toasts());
    let may = api.role().administers();
    let text = RwSignal::new(template.text.clone());
    let (arrives, wrong) = previewed(&template, text);
    let saved = template.text.clone();
    let changed = Memo::new(move |_| text.with(|text| *text != saved));
    let (key, language) = (template.key.clone(), template.language);
    let keep = StoredValue::new(move |text: Option<String>| {
        let variables = set_message::Variables { key: key.clone(), language, text };
        act.run(async move { api.call::<SetMessage, _>(variables).await }, move |_| {
            toasts.done(t!("messages-saved"));
            remote.reload();
        });
    });
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        keep.with_value(|keep| keep(Some(text.get_untracked())));
    };
    let back = move |_| keep.with_value(|keep| keep(None));
    let insert = template
        .placeholders
        .iter()
        .map(|name| {
            let piece = format!("{{ ${name} }}");
            let shown = piece.clone();
            let add = move |_| text.update(|text| text.push_str(&piece));
            view! { <button type="button" class="chip mono" on:click=add>{shown}</button> }
        })
        .collect_view();
    let back = template.custom.then(|| {
        view! {
            <button type="button" class="btn quiet" on:click=back>{icon("undo")}{t!("messages-back")}</button>
        }
    });
    let bubble = move || {
        arrives.with(|html| {
            pieces(html)
                .into_iter()
                .map(|(text, bold)| if bold { view! { <b>{text}</b> }.into_any() } else { text.into_any() })
                .collect_view()
        })
    };
    view! {
        <form class="stack" novalidate on:submit=save>
            <section class="card">
                <header><h2 class="mono">{template.key}</h2></header>
                <div class="body stack">
                    <fieldset class="stack" disabled=!may>
                        <TextField label=t!("messages-text") value=text name="text" lines=8 error=wrong changed=changed
                            hint=t!("messages-hint") />
                        <div class="row" role="group" aria-label=t!("messages-insert")>{insert}</div>
                    </fieldset>
                    {move || act.error().map(|error| error_line(&error))}
                </div>
                {may.then(|| {
                    view! {
                        <footer>
                            {back}
                            <span class="row end">
                                <button
                                    class="btn primary"
                                    data-testid="save-message"
                                    disabled=move || !changed.get() || wrong.with(Option::is_some)
                                    aria-busy=move || act.busy().to_string()
                                >
                                    {t!("action-save")}
                                </button>
                            </span>
                        </footer>
                    }
                })}
            </section>
            {card(
                t!("messages-preview"),
                "Telegram".into_any(),
                view! { <div class="chat"><p data-testid="preview">{bubble}</p></div> }.into_any(),
            )}
        </form>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn a_text_is_shown_as_text_whatever_it_says() {
        let bold = |text: &str| (text.to_owned(), true);
        let plain = |text: &str| (text.to_owned(), false);
        assert_eq!(
            pieces("Is it <b>you</b>, &lt;b&gt; <i>Anna</i>?"),
            [plain("Is it "), bold("you"), plain(", <b> "), plain("Anna"), plain("?")]
        );
        assert_eq!(pieces("<script>alert(1)</script>"), [plain("alert(1)")]);
        assert_eq!(pieces("&amp;lt;"), [plain("&lt;")], "unescaped once");
    }
}
