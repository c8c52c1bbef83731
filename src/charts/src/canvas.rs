//! Pixels: areas, lines with smooth edges, text.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];

/// How large text is.
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

/// A picture that is being drawn.
pub(crate) struct Canvas {
    pub width: i32,
    pub height: i32,
    /// Rows from the top, three bytes a pixel.
    pub pixels: Vec<u8>,
}

impl Canvas {
    /// A picture of one colour.
    pub fn new(width: i32, height: i32, colour: Colour) -> Self {
        let pixels = usize::try_from(width.saturating_mul(height)).unwrap_or(0);
        Self { width, height, pixels: colour.repeat(pixels) }
    }

    /// Lays a colour over a pixel; 255 hides what was there. Outside of the picture nothing happens.
    fn lay(&mut self, x: i32, y: i32, colour: Colour, strength: u8) {
        if !(0..self.width).contains(&x) || !(0..self.height).contains(&y) {
            return;
        }
        let Ok(at) = usize::try_from((y * self.width + x) * 3) else { return };
        let Some(pixel) = self.pixels.get_mut(at..at + 3) else { return };
        for (old, new) in pixel.iter_mut().zip(colour) {
            let mixed =
                (u32::from(*old) * u32::from(255 - strength) + u32::from(new) * u32::from(strength) + 127) / 255;
            *old = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }

    /// Draws a line with round ends; a dot where both ends are the same.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), thickness: f64, colour: Colour) {
        let reach = thickness / 2.0 + 1.0;
        let columns = (floor(from.0.min(to.0) - reach).max(0), floor(from.0.max(to.0) + reach).min(self.width - 1));
        let rows = (floor(from.1.min(to.1) - reach).max(0), floor(from.1.max(to.1) + reach).min(self.height - 1));
        for y in rows.0..=rows.1 {
            for x in columns.0..=columns.1 {
                let distance = distance((f64::from(x) + 0.5, f64::from(y) + 0.5), from, to);
                let covered = (thickness / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
                if covered > 0.0 {
                    self.lay(x, y, colour, (covered * 255.0) as u8);
                }
            }
        }
    }

    /// Writes a text, its upper left corner here. Letters that the font does not have become question marks.
    pub fn text(&mut self, left: i32, top: i32, text: &str, size: Size, colour: Colour) {
        let (weight, height) = size.font();
        let mut at = left;
        for letter in text.chars() {
            let raster = get_raster(letter, weight, height).or_else(|| get_raster('?', weight, height));
            let Some(raster) = raster else { continue };
            for (y, row) in (top..).zip(raster.rows()) {
                for (x, strength) in (at..).zip(row) {
                    self.lay(x, y, colour, *strength);
                }
            }
            at = at.saturating_add(i32::try_from(raster.width()).unwrap_or(0));
        }
    }
}

fn floor(number: f64) -> i32 {
    number.floor() as i32
}

/// How far a point is from a stretch.
fn distance(point: (f64, f64), from: (f64, f64), to: (f64, f64)) -> f64 {
    let along = (to.0 - from.0, to.1 - from.1);
    let length_squared = along.0 * along.0 + along.1 * along.1;
    let part = if length_squared > 0.0 {
        (((point.0 - from.0) * along.0 + (point.1 - from.1) * along.1) / length_squared).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (point.0 - from.0 - part * along.0).hypot(point.1 - from.1 - part * along.1)
}
