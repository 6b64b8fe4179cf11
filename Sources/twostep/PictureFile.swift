internal import CPNG
internal import Commands
internal import Crypto
internal import Drawing
internal import Linux

/// A file with the picture of a QR code in it: what a user's key is, for their eyes alone.
struct PictureFile {
    let format: PictureFormat

    /// The content of the file.
    ///
    /// - Parameter address: what the QR code says.
    /// - Throws: where it is too long for a QR code, or libpng has no memory.
    func content(_ address: borrowing SecretBytes) throws(Failure) -> SecretBytes {
        guard let code = QRCode(address) else {
            throw Failure("the address is too long for a QR code", hint: "use a shorter --issuer", .dataError)
        }
        let picture = QRPicture(code)
        switch format {
        case .svg: return SecretBytes(copying: Array(picture.svg.utf8).span)
        case .png: return try PictureFile.png(picture)
        }
    }

    private static func png(_ picture: QRPicture) throws(Failure) -> SecretBytes {
        let pixels = picture.pixels
        let side = UInt32(picture.side)
        // However badly it can be packed, one byte for each pixel and something around it is enough.
        var file = SecretBytes(zeroes: pixels.count + 1024)
        var size = file.count
        var room = file.mutableBytes
        // SAFETY: there is a byte for each of side × side pixels, and `size` is what the file has room for.
        let done = unsafe pixels.withUnsafeBufferPointer { pixels in
            unsafe room.withUnsafeMutableBufferPointer { room in
                unsafe twostep_png_gray(pixels.baseAddress, side, side, room.baseAddress, &size)
            }
        }
        guard done != 0 else { throw Failure("libpng cannot make the picture", hint: "try an SVG file", .software) }
        file.resize(to: size)
        return file
    }
}
