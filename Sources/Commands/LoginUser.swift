internal import Linux
internal import TwostepCore

/// Who logged in to become root.
package enum LoginUser {
    /// As the kernel remembers; nil where nobody did, or it is root.
    package static var name: String? {
        do throws(SystemError) {
            let said = text(try Look.file(at: Array("/proc/self/loginuid".utf8)))
            guard let uid = UInt32(said.filter(\.isNumber)), uid != .max, uid != 0 else { return nil }
            return try PasswordEntry.withUID(uid).map { text($0.name) }
        } catch {
            return nil
        }
    }

    /// The same, or where the kernel keeps no such record, whom sudo names: root could say anything there.
    static var claimed: [UInt8] {
        if let name { return Array(name.utf8) }
        guard realUserID() == 0, let name = environmentVariable("SUDO_USER"), !name.equals("root") else { return [] }
        return name
    }
}
