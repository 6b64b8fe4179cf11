internal import CLinux

/// The bytes of a numeric network address, in network order: 4 of IPv4, 16 of IPv6; nil for any other text, host names
/// among them. See inet_pton(3).
package func networkAddress(_ text: [UInt8]) -> [UInt8]? {
    guard text.count < Int(INET6_ADDRSTRLEN) else { return nil }
    let isIPv6 = text.contains(0x3A)
    var address = [UInt8](repeating: 0, count: isIPv6 ? 16 : 4)
    do throws(SystemError) {
        // SAFETY: the text is a C string that lives for the call, and the address has the size its family asks for.
        let status = unsafe try withCString(text) { (text) throws(SystemError) in
            unsafe address.withUnsafeMutableBytes { room in
                unsafe inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, room.baseAddress)
            }
        }
        return status == 1 ? address : nil
    } catch {
        return nil
    }
}
