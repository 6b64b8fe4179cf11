/// The account a record belongs to: both parts are sealed into the record (law 7).
package struct Account: Equatable, Sendable {
    /// The numeric user id.
    package let uid: UInt32
    /// The canonical user name as the name service spells it, 1 to 256 bytes.
    package let name: [UInt8]

    package init(uid: UInt32, name: [UInt8]) {
        self.uid = uid
        self.name = name
    }
}
