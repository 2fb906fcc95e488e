//! How it looks: both languages, both themes, a desktop and a phone; and whether everybody can use it.

use serde_json::json;

use crate::acts::{ANNA, VERA};
use crate::axe::Axe;
use crate::page::{Page, Size, row};
use crate::stage::play;
use crate::webdriver::By;

/// The main pages: address, and the heading in both languages.
const PAGES: [(&str, &str, &str); 14] = [
    ("/", "Dashboard", "Обзор"),
    ("/sessions", "Sessions", "Сессии"),
    ("/users", "Users", "Пользователи"),
    ("/routers", "Routers", "Роутеры"),
    ("/routers/new", "Add a router", "Добавить роутер"),
    ("/policies", "Policies", "Политики"),
    ("/bans", "Bans", "Баны"),
    ("/statistics", "Statistics", "Статистика"),
    ("/audit", "Audit", "Аудит"),
    ("/settings", "Settings", "Настройки"),
    ("/settings/messages", "Message texts", "Тексты сообщений"),
    ("/admins", "Admins", "Администраторы"),
    ("/start", "First start", "Первый запуск"),
    ("/account", "Own account", "Моя учётная запись"),
];

/// Within so many pixels from the top the heading of a page is expected, the bar of a phone above it included.
const FIRST_LOOK: f64 = 120.0;

#[tokio::test(flavor = "multi_thread")]
async fn every_page_fits_both_languages_both_themes_and_a_phone() {
    play("looks", async |stage| {
        let page = &stage.page;
        let axe = Axe::find();
        let mut findings = Vec::new();
        page.open("/").await;
        page.reads("h1", "Sign in").await;
        findings.extend(examine(page, axe.as_ref(), "sign-in").await);
        stage.sign_in().await;
        stage.add_router().await;
        page.go("/users", "Users").await;
        let anna = stage.register(ANNA).await;
        stage.approve(ANNA).await;
        stage.register(VERA).await;
        stage.dial_in(ANNA, &anna).await;
        page.go("/sessions", "Sessions").await;
        page.see(row(ANNA.name)).await;

        for (path, heading, _) in PAGES {
            page.open(path).await;
            page.reads("h1", heading).await;
            findings.extend(examine(page, axe.as_ref(), &format!("{path} light")).await);
        }
        page.choose("theme", "Dark").await;
        page.see("html[data-theme=dark]").await;
        page.choose("language", "Russian").await;
        page.see("html[lang=ru]").await;
        page.resize(Size::Phone).await;
        for (path, _, heading) in PAGES {
            page.open(path).await;
            page.reads("h1", heading).await;
            page.see("html[data-theme=dark][lang=ru]").await;
            findings.extend(examine(page, axe.as_ref(), &format!("{path} phone dark ru")).await);
        }
        assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
        stage.expect_no_complaints().await;
    })
    .await;
}

/// Takes a picture; tells what is wrong with the page.
async fn examine(page: &Page<'_>, axe: Option<&Axe>, name: &str) -> Vec<String> {
    page.gone("[aria-busy=true]").await;
    page.until("everything is read", async || {
        // Bones are in the page before they can be seen.
        let waits = page.window().run("return document.querySelector('.bones') !== null", json!([])).await?;
        Ok((waits == false).then_some(()))
    })
    .await;
    page.shot(&name.replace('/', "").replace(' ', "-")).await;
    let mut findings = Vec::new();
    if page.is_too_wide().await {
        findings.push("wider than the window".to_owned());
    }
    let failed = page.window().shown(&By::Css("main [role=alert]".to_owned())).await.expect("alerts");
    if !failed.is_empty() {
        findings.push("something could not be read".to_owned());
    }
    let top = page.top_of("h1").await;
    if top > FIRST_LOOK && name != "sign-in" {
        findings.push(format!("the heading stands {top} px below the top"));
    }
    if let Some(axe) = axe {
        findings.extend(axe.findings(page).await);
    }
    findings.into_iter().map(|finding| format!("{name}: {finding}")).collect()
}
