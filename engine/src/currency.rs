//! Digits of the minor unit of currencies (ISO 4217).

const NONE: [&str; 16] =
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"];
const THREE: [&str; 7] = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Digits after the point of an amount on a document: 2 but for the currencies that have none or three.
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        code if NONE.contains(&code) => 0,
        code if THREE.contains(&code) => 3,
        _ => 2,
    }
}
