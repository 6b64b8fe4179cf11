/// The account a record belongs to: both parts are sealed into the record (law 7).
package struct Account: Equatable, Sendable {
    /// The numeric user id.
    package let uid: UInt32
    /// The canonical user name as the name service spells it, 1 to 256 bytes.
    package let name: [UInt8]

    /// An account that cannot exist: (uid_t)-1 is no user id. It stands in for users who do not exist.
    package static var nobody: Account { Account(uid: .max, name: []) }

    package init(uid: UInt32, name: [UInt8]) {
        self.uid = uid
        self.name = name
    }
}
