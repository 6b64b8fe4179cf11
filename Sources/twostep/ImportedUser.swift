internal import Commands
internal import Import
internal import TwostepCore

/// One user on the way in.
final class ImportedUser {
    let foreign: ForeignUser
    /// As the command line or the file has it.
    let name: [UInt8]
    var account: Account?
    var isEnrolled = false
    /// Whether there is a record that does not count: of an enrolment that was begun.
    var isBegun = false
    var codes: NewBackupCodes?
    /// Why this user cannot be taken over, whatever the file says of itself.
    var problem: ImportError?
    var failure: Failure?
    var isImported = false

    init(_ foreign: ForeignUser, name: [UInt8]) {
        self.foreign = foreign
        self.name = name
    }
}
