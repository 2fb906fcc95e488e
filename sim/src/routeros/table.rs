//! The table that every menu is: rows with ids, properties with kinds and defaults, and a key that must be unique.
//!
//! A menu is declared in `menus/`; this file knows nothing of any single one. Rows keep their values by position, so
//! that ten thousand of them are small and are written to the wire without looking names up.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;

use super::{
    clock::Micros,
    trap::Trap,
    tree,
    value::{Kind, normalise},
    version::Version,
};

/// The number behind an id: `*1A` is 26.
pub(crate) type RowId = u32;

/// What the computed properties of a row depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) now: Micros,
    pub(crate) booted: Micros,
    pub(crate) version: Version,
    /// Seconds east of Greenwich.
    pub(crate) offset: i32,
}

/// Works a property out when it is asked for.
pub(crate) type Computed = fn(&Moment, &Row) -> Option<Bytes>;

/// A property of a menu.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) default: Option<&'static str>,
    pub(crate) required: bool,
    pub(crate) sensitive: bool,
    /// No reply ever holds it.
    pub(crate) hidden: bool,
    pub(crate) computed: Option<Computed>,
}

impl Field {
    /// A property without a default: absent from replies until it is set.
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, default: None, required: false, sensitive: false, hidden: false, computed: None }
    }

    /// A text that is always there.
    pub(crate) const fn text(name: &'static str, default: &'static str) -> Self {
        Self::new(name, Kind::Text).or(default)
    }

    /// A flag that is always there.
    pub(crate) const fn flag(name: &'static str, default: &'static str) -> Self {
        Self::new(name, Kind::Bool).or(default)
    }

    /// A number that is always there.
    pub(crate) const fn number(name: &'static str, default: &'static str) -> Self {
        Self::new(name, Kind::Number).or(default)
    }

    /// A property that is worked out at each reply.
    pub(crate) const fn computed(name: &'static str, computed: Computed) -> Self {
        let mut field = Self::new(name, Kind::Text);
        field.computed = Some(computed);
        field
    }

    /// The value of a row that does not say.
    pub(crate) const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// `add` must give it.
    pub(crate) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Kept, but shown to nobody.
    pub(crate) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Shown only to users with the right `sensitive`.
    pub(crate) const fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
}

/// Rows with ids, or one row without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    List,
    /// Rows whose order counts and can be changed by `move`.
    Ordered,
    Settings,
}

/// The declaration of a menu.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Menu {
    /// The path as in the command tree: `ppp/secret`.
    pub(crate) path: &'static str,
    pub(crate) shape: Shape,
    /// The declared properties, in the order of replies. Arguments that the command tree has besides are texts.
    pub(crate) fields: &'static [Field],
    /// The properties that together may occur once.
    pub(crate) key: &'static [&'static str],
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: RowId,
    pub(crate) values: Vec<Option<Bytes>>,
    /// When the row was made.
    pub(crate) since: Micros,
    /// When the row lapses by itself; in a table of sessions, when it ended.
    pub(crate) until: Option<Micros>,
    /// Whether the row is exempt from the key: it shares its name with a configured one.
    pub(crate) keyless: bool,
}

/// The rows of a menu.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) menu: &'static Menu,
    fields: Vec<Field>,
    positions: HashMap<&'static str, usize>,
    rows: BTreeMap<RowId, Row>,
    order: Vec<RowId>,
    keys: HashMap<Vec<u8>, RowId>,
    key: Vec<usize>,
    next: RowId,
}

impl Table {
    pub(crate) fn new(menu: &'static Menu) -> Self {
        let mut fields = menu.fields.to_vec();
        for name in tree::settable(menu.path) {
            if fields.iter().all(|field| field.name != name) {
                fields.push(Field::new(name, Kind::Text));
            }
        }
        let positions: HashMap<_, _> =
            fields.iter().enumerate().map(|(at, field)| (field.name, at)).collect();
        let key = menu.key.iter().filter_map(|name| positions.get(name).copied()).collect();
        let mut table = Self {
            menu,
            fields,
            positions,
            rows: BTreeMap::new(),
            order: Vec::new(),
            keys: HashMap::new(),
            key,
            next: 1,
        };
        if menu.shape == Shape::Settings {
            let row = table.blank(0);
            table.rows.insert(0, row);
        }
        table
    }

    /// A row of defaults, not yet in the table.
    pub(crate) fn blank(&self, now: Micros) -> Row {
        let values = self
            .fields
            .iter()
            .map(|field| field.default.map(|text| Bytes::from_static(text.as_bytes())))
            .collect();
        Row { id: 0, values, since: now, until: None, keyless: false }
    }

    pub(crate) fn fields(&self) -> &[Field] {
        &self.fields
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn row(&self, id: RowId) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// The rows in the order of replies.
    pub(crate) fn rows(&self) -> Box<dyn Iterator<Item = &Row> + '_> {
        match self.menu.shape {
            Shape::Ordered => Box::new(self.order.iter().filter_map(|id| self.rows.get(id))),
            Shape::List | Shape::Settings => Box::new(self.rows.values()),
        }
    }

    /// The stored value of a property, `None` if the row or the value is missing.
    pub(crate) fn value<'a>(&self, row: &'a Row, name: &str) -> Option<&'a Bytes> {
        row.values.get(self.position(name)?)?.as_ref()
    }

    /// The stored value as text; empty if it is missing or not UTF-8.
    pub(crate) fn text<'a>(&self, row: &'a Row, name: &str) -> &'a str {
        self.value(row, name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
    }

    /// Whether a flag is set.
    pub(crate) fn is(&self, row: &Row, name: &str) -> bool {
        self.text(row, name) == "true"
    }

    /// Checks a value and puts it into a row that is being made.
    pub(crate) fn put(&self, row: &mut Row, name: &str, raw: &Bytes) -> Result<(), Trap> {
        let position = self.position(name).ok_or_else(Trap::unknown_parameter)?;
        let (Some(field), Some(slot)) = (self.fields.get(position), row.values.get_mut(position)) else {
            return Err(Trap::unknown_parameter());
        };
        *slot = normalise(field.kind, name, raw)?;
        // An empty comment is no comment.
        if slot.as_ref().is_some_and(Bytes::is_empty) && field.default.is_none() && field.kind == Kind::Text {
            *slot = None;
        }
        Ok(())
    }

    /// Puts the default back.
    pub(crate) fn unset(&self, row: &mut Row, name: &str) -> Result<(), Trap> {
        let position = self.position(name).ok_or_else(Trap::unknown_parameter)?;
        if let (Some(field), Some(slot)) = (self.fields.get(position), row.values.get_mut(position)) {
            *slot = field.default.map(|text| Bytes::from_static(text.as_bytes()));
        }
        Ok(())
    }

    fn key_of(&self, row: &Row) -> Option<Vec<u8>> {
        if self.key.is_empty() || row.keyless {
            return None;
        }
        let mut key = Vec::new();
        for &position in &self.key {
            key.extend_from_slice(row.values.get(position)?.as_deref().unwrap_or_default());
            key.push(0);
        }
        Some(key)
    }

    /// Finds a row by the values of its key.
    pub(crate) fn by_key(&self, values: &[&[u8]]) -> Option<&Row> {
        let mut key = Vec::new();
        for value in values {
            key.extend_from_slice(value);
            key.push(0);
        }
        self.rows.get(self.keys.get(&key)?)
    }

    /// Adds a row under the next free id.
    pub(crate) fn insert(&mut self, row: Row) -> Result<RowId, Trap> {
        let id = self.next;
        self.insert_at(id, row)?;
        self.next += 1;
        Ok(id)
    }

    /// Adds a row under an id of the caller's choice.
    pub(crate) fn insert_at(&mut self, id: RowId, mut row: Row) -> Result<(), Trap> {
        if let Some(key) = self.key_of(&row) {
            if self.keys.contains_key(&key) {
                return Err(Trap::duplicate(self.menu.path));
            }
            self.keys.insert(key, id);
        }
        row.id = id;
        if self.menu.shape == Shape::Ordered {
            self.order.push(id);
        }
        self.rows.insert(id, row);
        Ok(())
    }

    /// Puts a changed row back in its place.
    pub(crate) fn replace(&mut self, row: Row) -> Result<(), Trap> {
        let old = self.rows.get(&row.id).ok_or_else(Trap::no_such_item)?;
        let (before, after) = (self.key_of(old), self.key_of(&row));
        if before != after {
            if after.as_ref().is_some_and(|key| self.keys.contains_key(key)) {
                return Err(Trap::duplicate(self.menu.path));
            }
            if let Some(key) = before {
                self.keys.remove(&key);
            }
            if let Some(key) = after {
                self.keys.insert(key, row.id);
            }
        }
        self.rows.insert(row.id, row);
        Ok(())
    }

    pub(crate) fn remove(&mut self, id: RowId) -> Option<Row> {
        let row = self.rows.remove(&id)?;
        if let Some(key) = self.key_of(&row) {
            self.keys.remove(&key);
        }
        self.order.retain(|&other| other != id);
        Some(row)
    }

    /// Moves a row in front of another one, or to the end. Its id stays.
    pub(crate) fn move_before(&mut self, id: RowId, destination: Option<RowId>) {
        if destination == Some(id) {
            return;
        }
        self.order.retain(|&other| other != id);
        let at = destination.and_then(|before| self.order.iter().position(|&other| other == before));
        self.order.insert(at.unwrap_or(self.order.len()), id);
    }

    /// What is shown of a property of a row.
    pub(crate) fn shown(&self, row: &Row, position: usize, moment: &Moment) -> Option<Bytes> {
        match self.fields.get(position)?.computed {
            Some(computed) => computed(moment, row),
            None => row.values.get(position)?.clone(),
        }
    }

    /// Resolves one id as clients give it: `*1A`, or the name of a row in menus with a unique name.
    pub(crate) fn resolve(&self, id: &[u8]) -> Option<RowId> {
        if let Some(hex) = id.strip_prefix(b"*") {
            let id = RowId::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()?;
            return self.rows.contains_key(&id).then_some(id);
        }
        if self.menu.key.len() == 1 { self.by_key(&[id]).map(|row| row.id) } else { None }
    }
}

/// `*1A`.
pub(crate) fn format_id(id: RowId) -> String {
    format!("*{id:X}")
}
