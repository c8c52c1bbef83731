//! Text: how wide it is, how it is cut to fit, and the shapes of its letters.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, RasterizedChar, get_raster, get_raster_width};

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Normal,
    Title,
}

impl Size {
    fn font(self) -> (FontWeight, RasterHeight) {
        match self {
            Self::Normal => (FontWeight::Regular, RasterHeight::Size32),
            Self::Title => (FontWeight::Bold, RasterHeight::Size32),
        }
    }

    /// Pixels from the top of one letter to its bottom.
    pub fn height(self) -> i32 {
        i32::try_from(self.font().1.val()).unwrap_or(0)
    }

    /// Pixels of a text from left to right.
    pub fn width(self, text: &str) -> i32 {
        let (weight, height) = self.font();
        let letter = i32::try_from(get_raster_width(weight, height)).unwrap_or(0);
        i32::try_from(text.chars().count()).unwrap_or(i32::MAX).saturating_mul(letter)
    }

    /// A text cut so that it fits, with two dots where it was cut.
    pub fn fitted(self, text: &str, width: i32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let kept: String = text.chars().take(self.letters(width).saturating_sub(2)).collect();
        format!("{}..", kept.trim_end())
    }

    /// A text cut in its middle so that it fits: names often differ at their ends.
    pub fn fitted_in_middle(self, text: &str, width: i32) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let kept = self.letters(width).saturating_sub(2);
        let (all, end) = (text.chars().count(), kept.div_ceil(2));
        let begin: String = text.chars().take(kept - end).collect();
        let end: String = text.chars().skip(all.saturating_sub(end)).collect();
        format!("{begin}..{end}")
    }

    fn letters(self, width: i32) -> usize {
        usize::try_from(width / self.width("m").max(1)).unwrap_or(0)
    }
}

/// The shape of a letter; a question mark's where the typeface does not have it.
pub(crate) fn raster(letter: char, size: Size) -> Option<RasterizedChar> {
    let (weight, height) = size.font();
    get_raster(letter, weight, height).or_else(|| get_raster('?', weight, height))
}

/// A text without line breaks and other marks that have no picture.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}
