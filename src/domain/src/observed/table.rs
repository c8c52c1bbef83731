//! Rows with their column names written once.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Columns and rows; each row has one value a column. A missing value is `null`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Column names, in order.
    pub columns: Vec<String>,
    /// The rows, in the order in which they matter.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table of rows that serialize to JSON objects. Columns that are absent or null in every row are left out.
    pub fn of<T: Serialize>(rows: &[T]) -> Self {
        let objects: Vec<Map<String, Value>> = rows
            .iter()
            .filter_map(|row| match serde_json::to_value(row) {
                Ok(Value::Object(object)) => Some(object),
                _ => None,
            })
            .collect();
        let mut columns: Vec<String> = Vec::new();
        for object in &objects {
            for (name, value) in object {
                if !value.is_null() && !columns.contains(name) {
                    columns.push(name.clone());
                }
            }
        }
        let rows = objects
            .into_iter()
            .map(|mut object| columns.iter().map(|column| object.remove(column).unwrap_or(Value::Null)).collect())
            .collect();
        Self { columns, rows }
    }

    /// The rows as typed values.
    ///
    /// # Errors
    /// Names the first row that does not fit the type.
    pub fn typed<T: DeserializeOwned>(&self) -> Result<Vec<T>, serde_json::Error> {
        self.rows
            .iter()
            .map(|row| {
                let object: Map<String, Value> = self
                    .columns
                    .iter()
                    .cloned()
                    .zip(row.iter().cloned())
                    .filter(|(_, value)| !value.is_null())
                    .collect();
                serde_json::from_value(Value::Object(object))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rows_survive_the_way_through_a_table() {
        let rows = vec![json!({"name": "a", "restarts": 3}), json!({"name": "b", "node": "n1"})];
        let table = Table::of(&rows);
        assert_eq!(table.columns, ["name", "restarts", "node"]);
        assert_eq!(table.typed::<Value>().unwrap(), rows);
    }
}
