//! Lists: `limit`, `offset` or `after`, `q`, `fields`, `count`; a page and what comes after it.
//!
//! A list fetches one row more than it shows, so `has_more` costs no second statement; `total` is only counted when
//! `?count=true` asks for it. The cursor of keyset paging is opaque to clients: the sort values of the last row. A list that
//! is fetched whole is cut, and the fields of any are chosen, when the page is written ([`Page::shown`]).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::http::list;
use crate::http::problem::Problem;

/// Rows of a page when the caller names no limit.
pub const LIMIT_DEFAULT: u32 = 20;
/// The most rows of a page.
pub const LIMIT_MAX: u32 = 100;
/// The furthest offset; beyond it keyset paging is the way.
pub const OFFSET_MAX: u64 = 100_000;

/// The query parameters every list takes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub struct PageParams {
    /// Rows of a page: 1 to 100, 20 when absent.
    pub limit: Option<u32>,
    /// Rows to pass over. Not together with `after`.
    pub offset: Option<u64>,
    /// The `page.next` of the page before.
    pub after: Option<String>,
    /// Only what contains this text.
    pub q: Option<String>,
    /// Only these fields of each row, separated by commas.
    pub fields: Option<String>,
    /// Also count all rows (`page.total`).
    pub count: Option<bool>,
}

impl PageParams {
    /// The checked number of rows of the page.
    pub fn limit(&self) -> Result<u32, Problem> {
        match self.limit {
            None => Ok(LIMIT_DEFAULT),
            Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
            Some(_) => Err(Problem::invalid(
                "limit",
                format!("must be between 1 and {LIMIT_MAX}"),
            )),
        }
    }

    /// The checked offset.
    pub fn offset(&self) -> Result<u64, Problem> {
        match self.offset.unwrap_or(0) {
            0 => Ok(0),
            _ if self.after.is_some() => Err(Problem::invalid(
                "offset",
                "use either `offset` or `after`, not both",
            )),
            offset if offset <= OFFSET_MAX => Ok(offset),
            _ => Err(Problem::invalid(
                "offset",
                format!("is at most {OFFSET_MAX}; page with `after` instead"),
            )),
        }
    }

    /// The cursor given in `after`.
    pub fn cursor<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        let Some(text) = &self.after else { return Ok(None) };
        let broken = || {
            Problem::invalid(
                "after",
                "is not a cursor of this list; take `page.next` of the page before",
            )
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| broken())?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| broken())
    }

    /// The cursor given in `after`, for a list that is paged by nothing else.
    pub fn keyset<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        if self.offset.is_some_and(|offset| offset > 0) {
            let message = "is not for this list; page with `after`: the `page.next` of the page before";
            return Err(Problem::invalid("offset", message));
        }
        self.cursor()
    }

    /// The search text, trimmed; absent when empty.
    pub fn q(&self) -> Option<&str> {
        self.q.as_deref().map(str::trim).filter(|q| !q.is_empty())
    }

    /// The search text as a pattern for `LIKE … ESCAPE '\'`, in lower case.
    pub fn like(&self) -> Option<String> {
        self.q().map(|q| {
            let mut pattern = String::from("%");
            for character in q.to_lowercase().chars() {
                if matches!(character, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(character);
            }
            pattern.push('%');
            pattern
        })
    }

    /// Whether the total is asked for.
    pub fn wants_count(&self) -> bool {
        self.count.unwrap_or(false)
    }
}

/// Where this page lies and how to get the next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PageInfo {
    /// The number of rows asked for.
    pub limit: u32,
    /// The offset asked for; absent with a cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Whether there is a next page.
    pub has_more: bool,
    /// All rows; only with `?count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}

/// A page of a list.
pub struct Page<T> {
    items: Vec<T>,
    info: PageInfo,
    /// Whether these are all rows there are.
    whole: bool,
}

/// The rows of a page as they are written.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Rows<T> {
    /// With all of their fields.
    Full(Vec<T>),
    /// With those that were chosen.
    Chosen(Vec<Map<String, Value>>),
}

impl<T> Page<T> {
    /// Makes a page of rows that were fetched with a limit of one more than the page has.
    /// `cursor` gives the sort values of a row, when the list can be paged by keyset.
    pub fn new<C: Serialize>(
        params: &PageParams,
        mut items: Vec<T>,
        cursor: impl Fn(&T) -> Option<C>,
    ) -> Result<Self, Problem> {
        let limit = params.limit()?;
        let has_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = if has_more {
            items.last().and_then(cursor)
        } else {
            None
        };
        let next = next.map(|values| serde_json::to_vec(&values).map(|bytes| URL_SAFE_NO_PAD.encode(bytes)));
        let info = PageInfo {
            limit,
            offset: if params.after.is_some() {
                None
            } else {
                Some(params.offset()?)
            },
            next: next.transpose().map_err(Problem::internal)?,
            has_more,
            total: None,
        };
        Ok(Self {
            items,
            info,
            whole: false,
        })
    }

    /// A list that is always fetched whole (a user's sessions, the keys of a workspace).
    pub fn whole(items: Vec<T>) -> Self {
        let info = PageInfo {
            limit: items.len() as u32,
            offset: Some(0),
            next: None,
            has_more: false,
            total: None,
        };
        Self {
            items,
            info,
            whole: true,
        }
    }

    /// The same page with each row mapped to its outward form.
    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(view).collect(),
            info: self.info,
            whole: self.whole,
        }
    }

    /// The same page with the total.
    #[must_use]
    pub fn with_total(mut self, total: Option<i64>) -> Self {
        self.info.total = total;
        self
    }

    /// The rows.
    pub fn items(&self) -> &[T] {
        &self.items
    }

    /// Where this page lies.
    pub fn info(&self) -> &PageInfo {
        &self.info
    }

    /// The rows and where they lie, as the present request asks for them.
    pub fn shown(mut self) -> Result<(Rows<T>, PageInfo), Problem>
    where
        T: Serialize,
    {
        let Some(asked) = list::asked()? else {
            return Ok((Rows::Full(self.items), self.info));
        };
        if self.whole {
            self.cut(&asked.page)?;
        }
        let rows = match asked.fields {
            None => Rows::Full(self.items),
            Some(fields) => Rows::Chosen(select(&self.items, &fields)?),
        };
        Ok((rows, self.info))
    }

    /// The part of all rows that is asked for.
    fn cut(&mut self, params: &PageParams) -> Result<(), Problem> {
        if params.after.is_some() {
            let message = "is not for this list, which comes whole; take `limit` and `offset`";
            return Err(Problem::invalid("after", message));
        }
        let all = self.items.len();
        let offset = params.offset()?;
        self.items
            .drain(..usize::try_from(offset).map_or(all, |offset| offset.min(all)));
        if params.limit.is_some() {
            self.info.limit = params.limit()?;
        }
        self.info.offset = Some(offset);
        self.info.has_more = self.items.len() > self.info.limit as usize;
        self.items.truncate(self.info.limit as usize);
        self.info.total = params.wants_count().then_some(all as i64);
        Ok(())
    }
}

/// Each item with only the chosen fields.
fn select<T: Serialize>(items: &[T], fields: &[String]) -> Result<Vec<Map<String, Value>>, Problem> {
    let mut selected = Vec::with_capacity(items.len());
    for item in items {
        let Value::Object(mut object) = serde_json::to_value(item).map_err(Problem::internal)? else {
            return Err(Problem::internal("a row of a list is no object"));
        };
        object.retain(|key, _| fields.contains(key));
        selected.push(object);
    }
    Ok(selected)
}
