//! Changes by hand, as somebody makes them in WinBox: past the API and its rights, but not past the checks of values.

use bytes::Bytes;

use super::World;
use crate::routeros::{
    table::{RowId, Shape},
    trap::Trap,
};

impl World {
    fn offered(&self, menu: &str) -> Result<&'static str, Trap> {
        self.find(menu).map(|table| table.menu.path).ok_or_else(Trap::no_such_prefix)
    }

    /// Adds a row.
    pub(crate) fn edit_add(&mut self, menu: &str, values: &[(&str, &[u8])]) -> Result<RowId, Trap> {
        self.settle();
        let menu = self.offered(menu)?;
        let owned: Vec<_> =
            values.iter().map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value))).collect();
        self.add(menu, &owned)
    }

    /// Changes a row, named by its id or its name; in a menu of settings the name does not matter.
    pub(crate) fn edit_set(&mut self, menu: &str, row: &str, values: &[(&str, &[u8])]) -> Result<(), Trap> {
        self.settle();
        let menu = self.offered(menu)?;
        let table = self.table(menu);
        let id = if table.menu.shape == Shape::Settings { Some(0) } else { table.resolve(row.as_bytes()) };
        let mut row = id.and_then(|id| table.row(id)).cloned().ok_or_else(Trap::no_such_item)?;
        for (name, value) in values {
            self.set_value(menu, &mut row, name, &Bytes::copy_from_slice(value))?;
        }
        self.replace(menu, row)
    }

    /// Removes a row.
    pub(crate) fn edit_remove(&mut self, menu: &str, row: &str) -> Result<(), Trap> {
        self.settle();
        let menu = self.offered(menu)?;
        let id = self.table(menu).resolve(row.as_bytes()).ok_or_else(Trap::no_such_item)?;
        self.remove_for_client(menu, id);
        Ok(())
    }

    /// Moves a rule in front of another one, or to the end.
    pub(crate) fn edit_move(&mut self, menu: &str, row: &str, before: Option<&str>) -> Result<(), Trap> {
        let menu = self.offered(menu)?;
        let find = |name: &str| self.table(menu).resolve(name.as_bytes()).ok_or_else(Trap::no_such_item);
        let (id, before) = (find(row)?, before.map(find).transpose()?);
        self.move_before(menu, id, before);
        Ok(())
    }
}
