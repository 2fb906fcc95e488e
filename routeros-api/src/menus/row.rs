//! From rows to structs.

use std::{marker::PhantomData, time::Duration};

use crate::{
    conn::{Connection, Event, Listen},
    error::Error,
    proto::Row,
    value::{self, Generation, Id, Text},
};

/// A row of a menu. All that a new menu has to say about itself.
pub trait FromRow: Sized {
    /// The menu, such as `/ppp/active`.
    const MENU: &'static str;
    /// The attributes that are asked for.
    const PROPLIST: &'static [&'static str];

    /// Reads a row.
    ///
    /// # Errors
    /// [`Error::Row`] if an attribute without which the row means nothing is missing or unreadable.
    fn from_row(row: &Fields<'_>) -> Result<Self, Error>;
}

/// The attributes of a row, for [`FromRow`].
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    row: &'a Row,
    menu: &'static str,
    generation: Generation,
}

impl<'a> Fields<'a> {
    /// A row of `menu` that was read in `generation`.
    #[must_use]
    pub fn new(row: &'a Row, menu: &'static str, generation: Generation) -> Self {
        Self { row, menu, generation }
    }

    /// The row itself.
    #[must_use]
    pub fn row(&self) -> &'a Row {
        self.row
    }

    /// `.id`.
    ///
    /// # Errors
    /// [`Error::Row`] if it is missing.
    pub fn id(&self) -> Result<Id, Error> {
        let raw = self.row.bytes(".id").filter(|raw| !raw.is_empty()).ok_or_else(|| self.bad(".id"))?;
        Ok(Id::new(self.generation, raw))
    }

    /// Text that must be there.
    ///
    /// # Errors
    /// [`Error::Row`] if it is missing.
    pub fn text(&self, name: &'static str) -> Result<Text, Error> {
        self.row.text(name).ok_or_else(|| self.bad(name))
    }

    /// Text; empty if it is missing.
    #[must_use]
    pub fn text_or_empty(&self, name: &str) -> Text {
        self.row.text(name).unwrap_or_default()
    }

    /// Text; `None` if it is missing or empty.
    #[must_use]
    pub fn optional_text(&self, name: &str) -> Option<Text> {
        self.row.text(name).filter(|text| !text.is_empty())
    }

    /// A flag; missing is `false`.
    ///
    /// # Errors
    /// [`Error::Row`] if it is neither true nor false: a flag decides too much to be guessed.
    pub fn flag(&self, name: &'static str) -> Result<bool, Error> {
        self.row.get(name).map_or(Ok(false), |value| value::to_bool(value).ok_or_else(|| self.bad(name)))
    }

    /// A number; `None` if it is missing or no plain number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        self.row.get(name).and_then(value::to_u64)
    }

    /// A span of time; `None` if it is missing, `none`, `never`, or in no known form.
    #[must_use]
    pub fn duration(&self, name: &str) -> Option<Duration> {
        value::duration(self.row.get(name)?).ok().flatten()
    }

    /// A comma list; empty if it is missing.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<Text> {
        let Some(value) = self.row.bytes(name) else { return Vec::new() };
        value::list(&value).map(|item| Text::from(value.slice_ref(item))).collect()
    }

    /// The error of an attribute.
    #[must_use]
    pub fn bad(&self, attribute: &'static str) -> Error {
        Error::Row { menu: self.menu, attribute }
    }
}

/// What [`Changes`] tells; see [`Event`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowEvent<T> {
    /// A row was added or changed.
    Changed(T),
    /// A row is gone.
    Dead(Id),
    /// So many events were lost: read the whole table.
    Lost(u64),
}

/// A [`Listen`] on a menu, with typed rows.
#[derive(Debug)]
pub struct Changes<T> {
    listen: Listen,
    rows: PhantomData<fn() -> T>,
}

impl<T: FromRow> Changes<T> {
    /// Starts to listen. Nothing is told of what is there already.
    ///
    /// # Errors
    /// As [`Connection::listen`].
    pub async fn start(connection: &Connection) -> Result<Self, Error> {
        // Without `.dead` in the proplist a row that is gone would come as one without attributes.
        let proplist = [&[".dead"], T::PROPLIST].concat();
        let command = super::commands::command(T::MENU, "listen").proplist(&proplist);
        Ok(Self { listen: connection.listen(command).await?, rows: PhantomData })
    }

    /// The next change; `None` at the end. Cancel-safe.
    ///
    /// # Errors
    /// Why the stream ended, once, as its last item; [`Error::Row`] for a row that can't be read, after which the stream
    /// goes on.
    pub async fn next(&mut self) -> Option<Result<RowEvent<T>, Error>> {
        let event = match self.listen.next().await? {
            Ok(event) => event,
            Err(error) => return Some(Err(error)),
        };
        Some(match event {
            Event::Changed(row) => {
                let generation = self.listen.connection().generation();
                T::from_row(&Fields::new(&row, T::MENU, generation)).map(RowEvent::Changed)
            }
            Event::Dead(id) => Ok(RowEvent::Dead(id)),
            Event::Lost(count) => Ok(RowEvent::Lost(count)),
        })
    }

    /// Ends it; see [`Listen::cancel`].
    ///
    /// # Errors
    /// As [`Listen::cancel`].
    pub async fn cancel(self) -> Result<(), Error> {
        self.listen.cancel().await
    }
}
