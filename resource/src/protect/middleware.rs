//! The middleware: nobody gets past it whom [`Protection`] does not let in.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage};
use futures_util::future::LocalBoxFuture;

use super::Protection;

impl<S, B> Transform<S, ServiceRequest> for Protection
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Protected<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Protected {
            protection: self.clone(),
            service: Rc::new(service),
        }))
    }
}

/// A service behind a [`Protection`].
#[derive(Debug)]
pub struct Protected<S> {
    protection: Protection,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Protected<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (protection, service) = (self.protection.clone(), Rc::clone(&self.service));
        Box::pin(async move {
            let mut answer = match protection.admit(request.request()).await {
                Ok(admission) => {
                    request.extensions_mut().insert(admission);
                    service.call(request).await?.map_into_left_body()
                }
                Err(refused) => {
                    let answer = protection.refuse(request.request(), &refused);
                    request.into_response(answer).map_into_right_body()
                }
            };
            if let Some(deprecation) = protection.deprecation(answer.request()) {
                deprecation.tell(answer.headers_mut());
            }
            Ok(answer)
        })
    }
}
