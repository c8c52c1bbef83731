//! Pixels: lines with smooth edges, text, and the file of it all.
//!
//! Places are in pixels from the upper left corner and must be near the picture: the rasteriser is not made for coordinates
//! of millions. What lies outside of the picture is not drawn.

use crate::chart::ChartError;
use crate::text::{Size, raster};
use tiny_skia::{
    Color, ColorU8, LineCap, LineJoin, Paint, PathBuilder, Pixmap, PixmapPaint, Stroke, StrokeDash, Transform,
};

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];

/// A picture that is being drawn.
pub(crate) struct Canvas {
    pub pixels: Pixmap,
}

impl Canvas {
    /// A picture of one colour; `None` without an area or where it would be larger than memory can be.
    pub fn new(width: i32, height: i32, [red, green, blue]: Colour) -> Option<Self> {
        let mut pixels = Pixmap::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?)?;
        pixels.fill(Color::from_rgba8(red, green, blue, u8::MAX));
        Some(Self { pixels })
    }

    /// Draws a line through these places, with round ends; a dot where there is one place.
    pub fn line(&mut self, places: &[(f64, f64)], thickness: f32, colour: Colour) {
        self.stroke(places, colour, thickness, LineCap::Round, None);
    }

    /// Draws a line of dashes: pixels of a dash, and of the space behind it.
    pub fn dashes(&mut self, places: &[(f64, f64)], thickness: f32, colour: Colour, (dash, space): (f32, f32)) {
        self.stroke(places, colour, thickness, LineCap::Butt, StrokeDash::new(vec![dash, space], 0.0));
    }

    fn stroke(
        &mut self,
        places: &[(f64, f64)],
        [red, green, blue]: Colour,
        width: f32,
        line_cap: LineCap,
        dash: Option<StrokeDash>,
    ) {
        let mut places = places.iter().map(|(x, y)| (*x as f32, *y as f32));
        let Some(first) = places.next() else { return };
        let mut path = PathBuilder::new();
        path.move_to(first.0, first.1);
        // The way to where it begins makes a dot of a place alone.
        path.line_to(first.0, first.1);
        places.for_each(|(x, y)| path.line_to(x, y));
        let Some(path) = path.finish() else { return };
        let mut paint = Paint::default();
        paint.set_color_rgba8(red, green, blue, u8::MAX);
        let stroke = Stroke { width, line_cap, line_join: LineJoin::Round, dash, ..Stroke::default() };
        self.pixels.stroke_path(&path, &paint, &stroke, Transform::identity(), None);
    }

    /// Writes a text, its upper left corner here.
    pub fn text(&mut self, left: i32, top: i32, text: &str, size: Size, [red, green, blue]: Colour) {
        let mut at = left;
        for raster in text.chars().filter_map(|letter| raster(letter, size)) {
            let (Ok(width), Ok(height)) = (u32::try_from(raster.width()), u32::try_from(raster.height())) else {
                return;
            };
            let Some(mut letter) = Pixmap::new(width, height) else { return };
            for (pixel, strength) in letter.pixels_mut().iter_mut().zip(raster.rows().flatten()) {
                *pixel = ColorU8::from_rgba(red, green, blue, *strength).premultiply();
            }
            self.pixels.draw_pixmap(at, top, letter.as_ref(), &PixmapPaint::default(), Transform::identity(), None);
            at = at.saturating_add_unsigned(width);
        }
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// [`ChartError::Packing`].
    pub fn pack(&self) -> Result<Vec<u8>, ChartError> {
        self.pixels.encode_png().map_err(|error| ChartError::Packing(error.to_string()))
    }
}
