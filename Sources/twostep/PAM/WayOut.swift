internal import Commands
internal import Linux
internal import TwostepCore

/// The commands that lead out of a change to PAM. The configuration has no say in them: where a line of it is wrong
/// everybody is refused, and then they are what is left.
extension SiteOptions {
    fileprivate func wayOut(at console: any Console) throws(Failure) -> Desk {
        guard effectiveUserID() == 0 else { throw Failure.notRoot }
        return Desk(console, Configuration(), from: named ?? [UInt8](text: Configuration.defaultPath))
    }
}

extension PAMDisableCommand {
    func desk(at console: any Console) throws -> Desk { try site.wayOut(at: console) }
}

extension PAMStatusCommand {
    func desk(at console: any Console) throws -> Desk { try site.wayOut(at: console) }
}

extension PAMConfirmCommand {
    func desk(at console: any Console) throws -> Desk { try site.wayOut(at: console) }
}
