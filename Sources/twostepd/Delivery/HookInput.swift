internal import Crypto
internal import FoundationEssentials
internal import Notices

/// What a hook gets on its standard input: an object on one line.
func hookInput(_ occurrence: Occurrence) -> SecretBytes {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = (try? encoder.encode(occurrence.json)).map { Array($0) } ?? []
    return SecretBytes(copying: (json + [0x0A]).span)
}
