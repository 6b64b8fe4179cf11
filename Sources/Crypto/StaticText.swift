/// The bytes of a text that stands in the program. What the module says and compares is bytes; a `String`, even one
/// that is only read, brings in 10 KB of Unicode (docs/adr/0002-embedded-swift.md).
@inline(never)
package func bytes(of text: StaticString) -> [UInt8] {
    // SAFETY: a static text is UTF-8 for as long as the program is loaded, or else a scalar of its own, as no literal
    // with quotes is.
    text.withUTF8Buffer { unsafe Array($0) }
}
