internal import Linux
internal import TwostepCore
internal import Wire

/// Whether `twostepd` listens where everything of ours asks for it.
package enum ServiceSocket {
    case listens
    /// Something listens that is not root's: nobody asks it for anything.
    case notRoots
    /// Nothing listens, or it does not answer.
    case down

    package static func look() -> ServiceSocket {
        do throws(SystemError) {
            return try Channel.connect(to: [UInt8](text: Channel.path)) == nil ? .down : .listens
        } catch {
            return error == .noAccess ? .notRoots : .down
        }
    }

    /// What to do where nothing listens.
    package static let cure = "systemctl enable --now twostepd.socket, or keep twostepd --listen running"
}

extension Desk {
    /// Says that a code which was just given out needs the service, where there is none.
    func warnUnlessServed() {
        switch ServiceSocket.look() {
        case .listens: break
        case .notRoots:
            warn("no login takes this code: what listens is not twostepd", hint: "look with: twostep doctor")
        case .down: warn("no login takes this code: twostepd does not listen", hint: ServiceSocket.cure)
        }
    }
}
