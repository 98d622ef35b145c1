//! The style that a drawing carries as a file. Plain colours: other renderers know no custom
//! properties. The same classes are styled for the page in `candor.css`.

/// One set of colours.
pub(crate) struct Palette {
    pub(crate) paper: &'static str,
    pub(crate) line: &'static str,
    pub(crate) edge: &'static str,
    pub(crate) ink: &'static str,
    pub(crate) ink_2: &'static str,
    pub(crate) tech: &'static str,
    pub(crate) user: &'static str,
    pub(crate) on_fill: &'static str,
    /// Land without a request, and the steps of the map from few to many.
    pub(crate) land: &'static str,
    pub(crate) steps: [&'static str; 5],
}

pub(crate) const LIGHT: Palette = Palette {
    paper: "#ffffff",
    line: "#c9d1d6",
    edge: "#75828c",
    ink: "#14202b",
    ink_2: "#4a5762",
    tech: "#1d5291",
    user: "#b25c00",
    on_fill: "#ffffff",
    land: "#d8e0e5",
    steps: ["#a9c6e8", "#7aa6d8", "#4b83c1", "#1d5291", "#0d2f5a"],
};

pub(crate) const DARK: Palette = Palette {
    paper: "#0f161b",
    line: "#33424d",
    edge: "#7e8e99",
    ink: "#e9eff2",
    ink_2: "#aebbc3",
    tech: "#5b9de6",
    user: "#f0a94e",
    on_fill: "#0f161b",
    land: "#26323b",
    steps: ["#2c5685", "#3f75b3", "#5b9de6", "#9cc6f5", "#dcebfc"],
};

/// What doesn't change with the scheme. Sizes are those of `candor.css`.
const FORM: &str = "\
.ch{font-family:Inter,'Noto Sans','Liberation Sans',Arial,sans-serif}\
text{font-size:13px}.lb,.nb{font-size:14px}.nb,.on,.ov{font-weight:600}.bd,.bg{font-weight:700}\
.ax{font-size:12px}.nt{font-size:12.5px}.bg{font-size:26px}.sx{font-size:11.8px}\
.e{text-anchor:end}.m{text-anchor:middle}\
.tr,.ur,.hx{stroke-width:1.5}.tr,.ur,.none{fill:none}.none{stroke-width:1.5;stroke-dasharray:4 4}\
.ln,.bl{stroke-width:1}";

fn colours(palette: &Palette) -> String {
    let Palette { paper, line, edge, ink, ink_2, tech, user, on_fill, .. } = palette;
    format!(
        "text{{fill:{ink}}}.ax,.nt{{fill:{ink_2}}}.on{{fill:{on_fill}}}.pl{{fill:{paper}}}\
         .ta{{fill:{tech}}}.ua{{fill:{user}}}.tr,.trh,.pt{{stroke:{tech}}}\
         .ur,.urh,.pu{{stroke:{user}}}.none{{stroke:{edge}}}.ln{{stroke:{line}}}.bl{{stroke:{ink}}}"
    )
}

pub(crate) fn light() -> String {
    format!("{FORM}{}", colours(&LIGHT))
}

pub(crate) fn light_and_dark() -> String {
    format!("{}@media (prefers-color-scheme:dark){{{}}}", light(), colours(&DARK))
}
