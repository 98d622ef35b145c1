//! How a page of a PDF and an image are drawn. Everything here reads what may be hostile: it runs
//! in the process that [`crate::child`] confines, and tests.

use std::io::Cursor;
use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::font::{FontData, FontQuery, StandardFont};
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings, render};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use super::{PAGES_MAX, Picture, SIDE_PIXELS_MAX, ShownAs, Size};
use crate::kind::Kind;

/// An image with a longer side is not decoded.
const IMAGE_SIDE_MAX: u32 = 20_000;
/// Nor is one that takes more memory.
const IMAGE_BYTES_MAX: u64 = 400 << 20;
/// Pixels for each point of a PDF, 1/72 of an inch, where the page is not too large for that.
const PIXELS_PER_POINT: f32 = 2.0;

/// How many pages there are to draw; `None` where the file can't be read.
pub(crate) fn count(bytes: &[u8], kind: Kind) -> Option<u32> {
    match kind {
        Kind::Pdf => {
            let pages = Pdf::new(bytes.to_vec()).ok()?.pages().len();
            Some(u32::try_from(pages).unwrap_or(u32::MAX).min(PAGES_MAX)).filter(|pages| *pages > 0)
        }
        _ if kind.shown_as() == ShownAs::Pictures => Some(1),
        _ => None,
    }
}

/// Draws a page, from 1.
pub(crate) fn draw(bytes: &[u8], kind: Kind, page: u32) -> Option<Picture> {
    match (kind, page) {
        (Kind::Pdf, _) => of_pdf(bytes, page),
        (Kind::Png, 1) => of_image(bytes, ImageFormat::Png),
        (Kind::Jpeg, 1) => of_image(bytes, ImageFormat::Jpeg),
        (Kind::Gif, 1) => of_image(bytes, ImageFormat::Gif),
        (Kind::Webp, 1) => of_image(bytes, ImageFormat::WebP),
        (_, _) => None,
    }
}

fn of_pdf(bytes: &[u8], page: u32) -> Option<Picture> {
    let pdf = Pdf::new(bytes.to_vec()).ok()?;
    let index = usize::try_from(page.checked_sub(1)?).ok()?;
    let page = pdf.pages().get(index)?;
    let (width, height) = page.render_dimensions();
    // The file says how large its pages are, and may say anything.
    let is_a_size = |side: f32| side.is_finite() && side >= 1.0;
    if !is_a_size(width) || !is_a_size(height) {
        return None;
    }
    let scale = PIXELS_PER_POINT.min(SIDE_PIXELS_MAX as f32 / width.max(height));
    let side = |points: f32| ((points * scale).round() as u32).clamp(1, SIDE_PIXELS_MAX) as u16;
    let settings = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        width: Some(side(width)),
        height: Some(side(height)),
        bg_color: WHITE,
    };
    let pixels = render(page, &RenderCache::new(), &interpreter(), &settings);
    let size = Size { width: pixels.width().into(), height: pixels.height().into() };
    let on_white = |channel: u8, alpha: u8| channel.saturating_add(u8::MAX - alpha);
    let rgb = pixels
        .data()
        .iter()
        .flat_map(|pixel| [pixel.r, pixel.g, pixel.b].map(|channel| on_white(channel, pixel.a)));
    Picture::new(size, rgb.collect())
}

fn of_image(bytes: &[u8], format: ImageFormat) -> Option<Picture> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(IMAGE_SIDE_MAX);
    limits.max_image_height = Some(IMAGE_SIDE_MAX);
    limits.max_alloc = Some(IMAGE_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);
    if image.width().max(image.height()) > SIDE_PIXELS_MAX {
        image = image.thumbnail(SIDE_PIXELS_MAX, SIDE_PIXELS_MAX);
    }
    let size = Size { width: image.width(), height: image.height() };
    // What can be seen through is seen on white, as paper is.
    let on_white = |channel: u8, alpha: u8| {
        let (channel, alpha) = (u16::from(channel), u16::from(alpha));
        ((channel * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    let rgba = image.into_rgba8();
    let rgb = rgba.pixels().flat_map(|pixel| {
        let [r, g, b, a] = pixel.0;
        [r, g, b].map(|channel| on_white(channel, a))
    });
    Picture::new(size, rgb.collect())
}

/// Fonts that a PDF may name without bringing them (ISO 32000-1, 9.6.2.2), and nothing else: what
/// the machine has is not asked.
fn interpreter() -> InterpreterSettings {
    InterpreterSettings {
        font_resolver: Arc::new(|query| match query {
            FontQuery::Standard(font) => Some(font_data(*font)),
            FontQuery::Fallback(asked) => Some(font_data(asked.pick_standard_font())),
        }),
        cmap_resolver: Arc::new(|_| None),
        warning_sink: Arc::new(|_| {}),
        render_annotations: true,
    }
}

fn font_data(font: StandardFont) -> (FontData, u32) {
    macro_rules! of {
        ($name:literal) => {
            &include_bytes!(concat!("../../fonts/", $name, ".pfb"))[..]
        };
    }
    let data = match font {
        StandardFont::Helvetica => of!("FoxitSans"),
        StandardFont::HelveticaBold => of!("FoxitSansBold"),
        StandardFont::HelveticaOblique => of!("FoxitSansItalic"),
        StandardFont::HelveticaBoldOblique => of!("FoxitSansBoldItalic"),
        StandardFont::Courier => of!("FoxitFixed"),
        StandardFont::CourierBold => of!("FoxitFixedBold"),
        StandardFont::CourierOblique => of!("FoxitFixedItalic"),
        StandardFont::CourierBoldOblique => of!("FoxitFixedBoldItalic"),
        StandardFont::TimesRoman => of!("FoxitSerif"),
        StandardFont::TimesBold => of!("FoxitSerifBold"),
        StandardFont::TimesItalic => of!("FoxitSerifItalic"),
        StandardFont::TimesBoldItalic => of!("FoxitSerifBoldItalic"),
        StandardFont::ZapfDingBats => of!("FoxitDingbats"),
        StandardFont::Symbol => of!("FoxitSymbol"),
    };
    (Arc::new(data), 0)
}
