//! Changes as a script for the router's terminal, which does the same by hand.

use super::{
    change::{Change, Setting},
    item::{Menu, Raw},
};

/// The lines for one change.
pub fn script(change: &Change) -> String {
    match change {
        Change::Add { menu, values, before } => {
            let place = before.as_ref().map_or_else(String::new, |id| format!(" place-before={id}"));
            let password = if *menu == Menu::User { " password=\"…\"" } else { "" };
            format!("{} add{}{password}{place}", terminal(*menu), words(values))
        }
        Change::Set { menu, id, known_by, settings } => set(*menu, id, known_by, settings),
        Change::Move { menu, id, known_by, before, .. } => {
            let to = before.as_ref().map_or_else(String::new, |id| format!(" destination={id}"));
            format!("{} move {}{to}", terminal(*menu), row(*menu, id, known_by))
        }
        Change::Sign { name, ca } => {
            let by = ca.as_ref().map_or_else(String::new, |ca| format!(" ca={ca}"));
            format!("/certificate sign {name}{by}")
        }
        Change::Switch { was, now } => format!("# Sallyport: {was} -> {now}"),
    }
}

fn set(menu: Menu, id: &str, known_by: &Raw, settings: &[Setting]) -> String {
    let row = row(menu, id, known_by);
    let row = if row.is_empty() { row } else { format!(" {row}") };
    let named: Vec<_> = settings
        .iter()
        .filter_map(|setting| match &setting.now {
            Some(value) => Some((setting.name.clone(), value.clone())),
            None if menu.unsets(&setting.name) => None,
            None => Some((setting.name.clone(), Raw::default())),
        })
        .collect();
    let mut lines = Vec::new();
    if !named.is_empty() {
        lines.push(format!("{} set{row}{}", terminal(menu), words(&named)));
    }
    let gone = settings.iter().filter(|setting| setting.now.is_none() && menu.unsets(&setting.name));
    lines.extend(gone.map(|setting| format!("{} unset{row} {}", terminal(menu), setting.name)));
    lines.join("\n")
}

/// The menu as the terminal names it: `/ip firewall filter`.
fn terminal(menu: Menu) -> String {
    format!("/{}", menu.path().trim_start_matches('/').replace('/', " "))
}

fn row(menu: Menu, id: &str, known_by: &Raw) -> String {
    match menu {
        // Having no comment is nothing to be found by: all others that have none would be found, too.
        _ if known_by.is_empty() && !id.is_empty() => id.to_owned(),
        Menu::Aaa => String::new(),
        Menu::Service => known_by.text().into_owned(),
        _ => format!("[find {}={}]", menu.key(), quoted(known_by)),
    }
}

fn words(values: &[(String, Raw)]) -> String {
    values.iter().map(|(name, value)| format!(" {name}={}", quoted(value))).collect()
}

/// A value as the terminal reads it, in quotes where it has to be.
fn quoted(value: &Raw) -> String {
    in_quotes(&value.text())
}

/// The same of a text.
pub fn in_quotes(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '/' | ',' | '-' | '_');
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '$' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_says_what_the_change_does() {
        let add = Change::Add {
            menu: Menu::Filter,
            values: vec![("chain".into(), "forward".into()), ("comment".into(), "sallyport: in $1".into())],
            before: Some("*A".into()),
        };
        assert_eq!(
            script(&add),
            r#"/ip firewall filter add chain=forward comment="sallyport: in \$1" place-before=*A"#
        );
        let settings = vec![
            Setting { name: "disabled".into(), was: Some("true".into()), now: Some("no".into()) },
            Setting { name: "src-address".into(), was: Some("10.0.0.0/8".into()), now: None },
        ];
        let set = Change::Set { menu: Menu::Filter, id: "*1".into(), known_by: "x".into(), settings };
        assert_eq!(
            script(&set),
            "/ip firewall filter set [find comment=x] disabled=no\n\
             /ip firewall filter unset [find comment=x] src-address"
        );
        let settings = vec![Setting { name: "address".into(), was: None, now: Some("10.0.0.2/32".into()) }];
        let set = Change::Set { menu: Menu::Service, id: "*7".into(), known_by: "api".into(), settings };
        assert_eq!(script(&set), "/ip service set api address=10.0.0.2/32");
    }
}
