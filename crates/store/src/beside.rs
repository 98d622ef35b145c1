//! What the company says in words beside an event of its own, such as where a period comes from. No
//! event holds words: they are sealed in a row of the event's position.

use domain::id::Position;
use uuid::Uuid;

use crate::{Error, Keys, Tx, on_both};

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Of each kind of user data: where it is held, for how long, on which basis.
    Inventory,
    /// Of each period after which submissions are erased: where it comes from.
    RetentionRules,
}

impl Beside {
    fn insert(self) -> &'static str {
        match self {
            Self::Inventory => "INSERT INTO data_inventory (position, sealed) VALUES ($1, $2)",
            Self::RetentionRules => {
                "INSERT INTO retention_rules (position, sealed) VALUES ($1, $2)"
            }
        }
    }

    fn select(self) -> &'static str {
        match self {
            Self::Inventory => "SELECT sealed FROM data_inventory WHERE position = $1",
            Self::RetentionRules => "SELECT sealed FROM retention_rules WHERE position = $1",
        }
    }

    /// The column as the sealing takes it.
    fn column(self) -> &'static str {
        match self {
            Self::Inventory => "data_inventory.sealed",
            Self::RetentionRules => "retention_rules.sealed",
        }
    }
}

impl Tx {
    /// Keeps what is said beside the event at a position.
    pub async fn insert_beside(
        &mut self,
        keys: &Keys,
        (what, at): (Beside, Position),
        text: &str,
    ) -> Result<(), Error> {
        let sealed = keys.seal_of(what.column(), row(at), text)?;
        on_both!(self, |c| {
            sqlx::query(what.insert())
                .bind(at.0)
                .bind(sealed.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// What was said beside the event at a position.
    pub async fn text_beside(
        &mut self,
        keys: &Keys,
        (what, at): (Beside, Position),
    ) -> Result<Option<String>, Error> {
        let sealed: Option<Vec<u8>> = on_both!(self, |c| {
            sqlx::query_scalar(what.select()).bind(at.0).fetch_optional(&mut **c).await?
        });
        sealed.map(|sealed| keys.open_of(what.column(), row(at), &sealed)).transpose()
    }
}

/// The row's number as the sealing takes it.
fn row(at: Position) -> Uuid {
    Uuid::from_u128(u128::from(at.0.unsigned_abs()))
}
