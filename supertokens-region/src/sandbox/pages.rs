//! How lists are cut into pages: as AWS usually does, or as it may.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

use super::Fault;

/// How lists are cut into pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pages {
    /// Into as few as AWS does.
    #[default]
    Usual,
    /// At most one thing a page.
    Single,
    /// At most one thing a page, and before each page comes an empty one that says that there is more. Lists whose pages
    /// begin with a thing, not with a token, have no empty ones.
    Empty,
    /// At most one thing a page, and each page but the first says that it follows itself.
    Stuck,
}

thread_local! {
    // Handlers run at once, on one thread, and know of pages only by what they call here. To hand this through would touch
    // every one of them.
    static NOW: Cell<Pages> = const { Cell::new(Pages::Usual) };
}

impl Pages {
    /// Runs a handler whose lists are cut so.
    pub(super) fn cutting<T>(self, run: impl FnOnce() -> T) -> T {
        NOW.set(self);
        let ran = run();
        NOW.set(Self::Usual);
        ran
    }

    fn now() -> Self {
        NOW.get()
    }

    /// How many things there are on a page that may have `size`.
    pub(super) fn size(size: usize) -> usize {
        if Self::now() == Self::Usual { size } else { size.min(1) }
    }

    /// Whether a page that doesn't begin at the list's beginning follows itself.
    pub(super) fn stuck() -> bool {
        Self::now() == Self::Stuck
    }
}

/// The items of one page from where `token` points to, `size` at the most, and the token of the next page if there is one.
/// Tokens are opaque to callers; one that no page gave is refused with `code`.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = T>,
    token: Option<&str>,
    size: usize,
    code: &str,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let refused = || Fault::new(code, "The token is not valid.");
    let (start, told) = match token {
        None => (0, false),
        Some(token) => {
            let (start, told) = match token.strip_prefix("after-gap-") {
                Some(start) => (start, true),
                None => (token.strip_prefix("next-").ok_or_else(refused)?, false),
            };
            (start.parse::<usize>().map_err(|_| refused())?, told)
        }
    };
    if Pages::now() == Pages::Empty && !told {
        return Ok((vec![], Some(format!("after-gap-{start}"))));
    }
    let size = Pages::size(size);
    let mut rest = items.into_iter().skip(start);
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let next = rest.next().map(|_| match token {
        Some(token) if Pages::stuck() => token.to_owned(),
        _ => format!("next-{}", start + size),
    });
    Ok((items, next))
}

/// The answer to who asks for one thing by its name or id: that comes on one page.
pub(super) fn whole<T>(items: impl IntoIterator<Item = T>) -> (Vec<T>, Option<String>) {
    (items.into_iter().collect(), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pages of a list of three things, up to the fifth.
    fn pages(pages: Pages) -> Vec<Vec<u32>> {
        let mut all = vec![];
        let mut token = None;
        while all.len() < 5 {
            let (page, next) = pages.cutting(|| page(0..3, token.as_deref(), 2, "Bad")).unwrap();
            all.push(page);
            token = next;
            if token.is_none() {
                break;
            }
        }
        all
    }

    #[test]
    fn pages_follow_one_another_until_the_last_one_which_has_no_token() {
        assert_eq!(pages(Pages::Usual), [vec![0, 1], vec![2]]);
        assert_eq!(page(0..5, Some("made up"), 3, "Bad").unwrap_err().code, "Bad");
    }

    #[test]
    fn lists_are_cut_as_the_world_has_it() {
        assert_eq!(pages(Pages::Single), [[0], [1], [2]]);
        assert_eq!(pages(Pages::Empty), [vec![], vec![0], vec![], vec![1], vec![]]);
        assert_eq!(pages(Pages::Stuck), [[0], [1], [1], [1], [1]]);
    }
}
